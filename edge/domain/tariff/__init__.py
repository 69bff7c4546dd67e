"""Fares, concessions, promotions and meal subsidies, priced from a signed bundle."""
