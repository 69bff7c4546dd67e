"""What a till can offer at a moment: the meal session by the clock, and the set meals of the bundle."""

from __future__ import annotations

from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.facts import NO_FACTS
from edge.domain.tariff.scenes import set_scene
from edge.domain.tariff.state import EventKind, TapEvent


def session_at(bundle: Bundle, time_ms: int) -> str:
    """Return the meal session by the bundle's timeframes, empty between two."""
    return set_scene(bundle, NO_FACTS, TapEvent(EventKind.MEAL, time_ms=time_ms), 1).session()


def menus_of(bundle: Bundle) -> tuple[tuple[str, int], ...]:
    """Return (product, fen) of every set meal: the products of one flat price that price no leg of a journey."""
    legs = {rule.fare_product_id for rules in bundle.leg_rules.values() for rule in rules}
    flat = [(name, rows[0].amount) for name, rows in bundle.products.items() if name not in legs and len(rows) == 1]
    return tuple(sorted((name, fen) for name, fen in flat if fen is not None))
