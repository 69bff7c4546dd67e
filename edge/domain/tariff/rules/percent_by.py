"""``percent_by``: a share of the price, by tiers of a counter."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from edge.domain.frozen import frozen
from edge.domain.tariff.amounts import Rounding, percent_of
from edge.domain.tariff.reading import key
from edge.domain.tariff.rules import Ask, Operation


@frozen(kw_only=True)
class PercentBy(Operation):
    """The holder pays a percentage that depends on a counter before this ride; the whole ride has one rate."""

    KIND: ClassVar[str] = "percent_by"
    counter: str = key("id of the counter", example='"month_paid"')
    steps: tuple[tuple[int, Fraction], ...] = key(
        "pairs [from, percent]: the rate from this counter value on; the first pair starts at 0",
        unit="counter value, %",
        example="[[0, 90], [10000, 80]]",
    )
    round: Rounding = key("rounding of the price", example='{ mode = "down", to = 1 }')

    def price(self, ask: Ask) -> int | str:
        """Return the rounded share at the counter's tier."""
        value = ask.count(self.counter)
        percent = next((rate for start, rate in reversed(self.steps) if start <= value), None)
        if percent is None:
            return f"no tier for {self.counter}"
        return percent_of(ask.price_fen, percent, self.round)

    def counters(self) -> tuple[str, ...]:
        """Return the counter of the tiers."""
        return (self.counter,)

    def breakpoints(self) -> tuple[int, ...]:
        """Return the start of every tier."""
        return tuple(start for start, _ in self.steps)
