"""Money is an integer number of fen (1/100 yuan). Nothing here rounds silently."""

from __future__ import annotations

from typing import Final, NewType

Fen = NewType("Fen", int)

FEN_MAX: Final = 0xFFFF_FFFF
"""Largest amount a purse command can carry (four bytes, JT/T 978); everything above is absurd."""


def fen(value: int) -> Fen:
    """Check ``value`` at a border: an int of 0 to :data:`FEN_MAX` fen.

    Raises ``ValueError`` otherwise; booleans, floats and negative numbers are never money.
    """
    if type(value) is not int:
        raise ValueError(f"an amount is an integer number of fen, not {type(value).__name__}")
    if not 0 <= value <= FEN_MAX:
        raise ValueError(f"an amount lies between 0 and {FEN_MAX} fen, not at {value}")
    return Fen(value)


def yuan(amount: int) -> str:
    """Render fen for people: ``150`` -> ``1.50``; a sign only where the amount is below zero."""
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), 100)
    return f"{sign}{whole}.{rest:02d}"
