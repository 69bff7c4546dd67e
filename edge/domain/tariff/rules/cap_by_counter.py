"""``cap_by_counter``: what a period costs at most."""

from __future__ import annotations

from typing import ClassVar

from edge.domain.frozen import frozen
from edge.domain.tariff.reading import key
from edge.domain.tariff.rules import Ask, Operation


@frozen(kw_only=True)
class CapByCounter(Operation):
    """The holder pays what is left under a cap: min(price, cap - counter); ``x_caps`` is the short form."""

    KIND: ClassVar[str] = "cap_by_counter"
    counter: str = key("id of a counter that measures paid_fen")
    fen: int = key("the cap of the counter's period", unit="fen")

    def price(self, ask: Ask) -> int | str:
        """Return what is left under the cap, at most the price."""
        left = max(self.fen - ask.count(self.counter), 0)
        return min(ask.price_fen, left) if left < ask.price_fen else "the cap is not reached"

    def counters(self) -> tuple[str, ...]:
        """Return the counter under the cap."""
        return (self.counter,)

    def breakpoints(self) -> tuple[int, ...]:
        """Return the cap: between the ends of an interval the price only falls."""
        return (self.fen,)
