"""``price_of``: another fare product's price, where it is lower."""

from __future__ import annotations

from typing import ClassVar

from edge.domain.frozen import frozen
from edge.domain.tariff.reading import key
from edge.domain.tariff.rules import Ask, Operation


@frozen(kw_only=True)
class PriceOf(Operation):
    """The holder pays another product's price for the same trip, where it is lower: a concession with its own table."""

    KIND: ClassVar[str] = "price_of"
    product: str = key("fare_product_id of the other price")

    def price(self, ask: Ask) -> int | str:
        """Return the lower of price and the other product's price."""
        return min(ask.price_fen, ask.product(self.product))

    def products(self) -> tuple[str, ...]:
        """Return the product referred to."""
        return (self.product,)
