"""``percent``: a share of the price so far."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from edge.domain.frozen import frozen
from edge.domain.tariff.amounts import Rounding, percent_of
from edge.domain.tariff.reading import key
from edge.domain.tariff.rules import Ask, Operation


@frozen(kw_only=True)
class Percent(Operation):
    """The holder pays this percentage of the price so far."""

    KIND: ClassVar[str] = "percent"
    percent: Fraction = key("what the holder pays", unit="%", high=100, example="80")
    round: Rounding = key("rounding of the price", example='{ mode = "down", to = 1 }')

    def price(self, ask: Ask) -> int | str:
        """Return the rounded share."""
        return percent_of(ask.price_fen, self.percent, self.round)
