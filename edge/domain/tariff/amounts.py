"""Exact arithmetic on fen: a ratio of integers, rounded once, by the rule's own rounding."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction

from edge.domain.frozen import frozen
from edge.domain.tariff.reading import key


class Mode(StrEnum):
    """Where a fraction of a step goes."""

    DOWN = "down"
    HALF_UP = "half_up"
    UP = "up"


@frozen(kw_only=True)
class Rounding:
    """How a rule rounds."""

    mode: Mode = key("where a part of a step goes; half_up takes the exact half upwards")
    to: int = key("the step: 1, 5, 10, 100 or any other whole number", unit="fen", default=1, low=1, high=10_000)


TO_THE_FEN_DOWN = Rounding(mode=Mode.DOWN, to=1)


def rounded(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Return ``numerator / denominator`` fen (not negative) as a multiple of the rounding's step."""
    step = rounding.to
    divisor = denominator * step
    if rounding.mode is Mode.DOWN:
        return numerator // divisor * step
    if rounding.mode is Mode.UP:
        return -(-numerator // divisor) * step
    return (2 * numerator + divisor) // (2 * divisor) * step


def percent_of(fen: int, percent: Fraction, rounding: Rounding) -> int:
    """Return ``percent`` per cent of ``fen``, rounded."""
    return rounded(fen * percent.numerator, 100 * percent.denominator, rounding)
