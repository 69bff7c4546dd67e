"""``transfer_product``: a transfer has its own price, as in GTFS Fares v2."""

from __future__ import annotations

from typing import ClassVar

from edge.domain.frozen import frozen
from edge.domain.tariff.reading import key
from edge.domain.tariff.rules import Ask, Operation


@frozen(kw_only=True)
class TransferProduct(Operation):
    """The leg costs a product's price instead of its own; what ``fare_product_id`` of a transfer rule stands for."""

    KIND: ClassVar[str] = "transfer_product"
    product: str = key("fare_product_id; absent: the transfer costs nothing", default="")
    alone: bool = key("the product pays for the whole chain: what the chain has paid is taken off", default=False)

    def price(self, ask: Ask) -> int | str:
        """Return the product's price, less what the chain has paid where it stands alone, at most the price so far."""
        fen = ask.product(self.product) if self.product else 0
        if self.alone:
            fen = max(fen - ask.window_paid_fen, 0)
        return min(fen, ask.price_fen)

    def products(self) -> tuple[str, ...]:
        """Return the product referred to."""
        return (self.product,) if self.product else ()
