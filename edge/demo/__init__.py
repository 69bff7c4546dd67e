"""The demonstration: centre, terminal, virtual devices and a table that must balance."""
