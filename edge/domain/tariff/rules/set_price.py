"""``set``: a fixed price."""

from __future__ import annotations

from typing import ClassVar

from edge.domain.frozen import frozen
from edge.domain.tariff.reading import key
from edge.domain.tariff.rules import Ask, Operation


@frozen(kw_only=True)
class SetPrice(Operation):
    """The price becomes a fixed amount (0: free), where that is lower."""

    KIND: ClassVar[str] = "set"
    fen: int = key("the price", unit="fen")

    def price(self, ask: Ask) -> int | str:
        """Return the fixed amount, never more than the price so far."""
        return min(self.fen, ask.price_fen)
