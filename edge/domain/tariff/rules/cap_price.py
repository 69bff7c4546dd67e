"""``cap_price``: the price is at most an amount."""

from __future__ import annotations

from typing import ClassVar

from edge.domain.frozen import frozen
from edge.domain.tariff.reading import key
from edge.domain.tariff.rules import Ask, Operation


@frozen(kw_only=True)
class CapPrice(Operation):
    """The holder pays at most this amount: the shape of one-fen campaigns."""

    KIND: ClassVar[str] = "cap_price"
    fen: int = key("the most the holder pays", unit="fen")

    def price(self, ask: Ask) -> int | str:
        """Return the lower of price and amount."""
        return min(ask.price_fen, self.fen)
