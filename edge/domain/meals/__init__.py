"""Meal programmes: who carries how much of a meal or its delivery."""
