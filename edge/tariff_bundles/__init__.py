"""Shipped bundles as data, and the bundle reference."""
