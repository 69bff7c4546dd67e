"""``amount_off``: a fixed amount less."""

from __future__ import annotations

from typing import ClassVar

from edge.domain.frozen import frozen
from edge.domain.tariff.reading import key
from edge.domain.tariff.rules import Ask, Operation


@frozen(kw_only=True)
class AmountOff(Operation):
    """A fixed amount is taken off, at most the price."""

    KIND: ClassVar[str] = "amount_off"
    fen: int = key("what is taken off", unit="fen")

    def price(self, ask: Ask) -> int | str:
        """Return the price less the amount, not below 0."""
        return max(ask.price_fen - self.fen, 0)
