"""Lamp, tone and buzzer by the reader."""
