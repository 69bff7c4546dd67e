"""Carries the journal up and reference data down. Both ends of that wire live here."""
