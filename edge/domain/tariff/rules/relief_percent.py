"""``relief_percent``: a share of the list price is taken off, rounded on the side of the relief."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from edge.domain.frozen import frozen
from edge.domain.tariff.amounts import TO_THE_FEN_DOWN, Rounding, percent_of
from edge.domain.tariff.reading import key
from edge.domain.tariff.rules import Ask, Operation


@frozen(kw_only=True)
class ReliefPercent(Operation):
    """This percentage of the list price is taken off, at most ``max``: the shape of meal subsidies."""

    KIND: ClassVar[str] = "relief_percent"
    percent: Fraction = key("what is taken off", unit="% of the list price", high=100)
    max: int | None = key("the most that is taken off; absent: no limit", unit="fen", default=None)
    round: Rounding = key("rounding of the relief, not of the price", default=TO_THE_FEN_DOWN)

    def price(self, ask: Ask) -> int | str:
        """Return the price less the rounded relief."""
        relief = percent_of(ask.list_fen, self.percent, self.round)
        if self.max is not None:
            relief = min(relief, self.max)
        return max(ask.price_fen - relief, 0)
