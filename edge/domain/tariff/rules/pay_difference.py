"""``pay_difference``: inside a window only the dearest leg is paid."""

from __future__ import annotations

from typing import ClassVar

from edge.domain.frozen import frozen
from edge.domain.tariff.rules import Ask, Operation


@frozen(kw_only=True)
class PayDifference(Operation):
    """The window costs its dearest leg at the holder's own percentage: this leg pays what is still missing.

    For a transfer rule with ``apply = "after_percent"``.
    """

    KIND: ClassVar[str] = "pay_difference"

    def price(self, ask: Ask) -> int | str:
        """Return the dearest leg's price less what the window has paid, from 0 to this leg's price."""
        dearest = max(ask.list_fen, ask.window_dearest_fen)
        missing = ask.reprice(dearest) - ask.window_paid_fen
        return min(max(missing, 0), ask.price_fen)
