"""The pure part: standard library only; no clock, no I/O, no async, no logging."""
