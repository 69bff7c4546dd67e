"""One-Card edge terminal: decides, remembers, signals."""

__version__ = "0.1.0"
