"""Switched outputs: relays of a board on a serial line, lines of a GPIO chip."""
