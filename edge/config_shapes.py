"""Forms of settings that several sections share."""

from __future__ import annotations

from typing import Annotated

from edge.config_values import Shape

HexBytes = Annotated[str, Shape(r"([0-9A-F]{2}){0,32}", "up to 32 bytes in upper-case hexadecimal, or empty")]
"""What is sent to a device as it stands, or expected from it."""
Version = Annotated[str, Shape(r"|\d{1,6}(\.\d{1,6}){0,3}", "numbers with dots between, or empty")]
Label = Annotated[str, Shape(r".{0,32}", "at most 32 characters")]
