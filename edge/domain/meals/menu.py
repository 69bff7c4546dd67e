"""What a till can offer at a moment: the meal session by the clock, and the set meals of the bundle.

The tariff prices set meals; the menus of the centre, where there are any, say which of them are offered, when, in which
order and under which names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from edge.domain.frozen import frozen
from edge.domain.prompts import unfit
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.facts import NO_FACTS
from edge.domain.tariff.scenes import set_scene
from edge.domain.tariff.state import EventKind, TapEvent

ITEMS_MAX: Final = 60
SESSIONS_MAX: Final = 8
NAME_COLUMNS_MAX: Final = 24
WORD: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@frozen
class MenuItem:
    """A set meal as it is offered: its product in the tariff, its names, and the sessions it is for (none: all)."""

    menu: str
    zh: str
    en: str
    sessions: tuple[str, ...] = ()

    def names(self) -> Mapping[str, str]:
        """Return its names by language."""
        return {"zh": self.zh, "en": self.en}


@frozen
class Menus:
    """What tills offer, in this order; raises ValueError out of bounds."""

    items: tuple[MenuItem, ...]

    def __post_init__(self) -> None:
        """Check the bounds."""
        if len(self.items) > ITEMS_MAX:
            raise ValueError(f"{len(self.items)} set meals, at most {ITEMS_MAX}")
        for number, item in enumerate(self.items, 1):
            if problem := _problem(item):
                raise ValueError(f"menu {number}: {problem}")
        if len({item.menu for item in self.items}) < len(self.items):
            raise ValueError("a set meal stands twice")

    def __len__(self) -> int:
        return len(self.items)


def _problem(item: MenuItem) -> str:
    """Say why this can be no item, empty where it can."""
    if not WORD.fullmatch(item.menu):
        return "a product is a lower-case name"
    if len(item.sessions) > SESSIONS_MAX or not all(map(WORD.fullmatch, item.sessions)):
        return f"sessions are at most {SESSIONS_MAX} lower-case names"
    return next((why for name in (item.zh, item.en) if (why := unfit(name, NAME_COLUMNS_MAX))), "")


def session_at(bundle: Bundle, time_ms: int) -> str:
    """Return the meal session by the bundle's timeframes, empty between two."""
    return set_scene(bundle, NO_FACTS, TapEvent(EventKind.MEAL, time_ms=time_ms), 1).session()


def menus_of(bundle: Bundle) -> tuple[tuple[str, int], ...]:
    """Return (product, fen) of every set meal: the products of one flat price that price no leg of a journey."""
    legs = {rule.fare_product_id for rules in bundle.leg_rules.values() for rule in rules}
    flat = [(name, rows[0].amount) for name, rows in bundle.products.items() if name not in legs and len(rows) == 1]
    return tuple(sorted((name, fen) for name, fen in flat if fen is not None))


def offered(bundle: Bundle, menus: Menus | None, session: str) -> tuple[tuple[str, int], ...]:
    """Return (product, fen) of what is offered in a session: what the menus name and the tariff prices.

    Without menus it is every set meal of the tariff.
    """
    priced = menus_of(bundle)
    if menus is None:
        return priced
    fen = dict(priced)
    named = [item.menu for item in menus.items if not item.sessions or session in item.sessions]
    return tuple((menu, fen[menu]) for menu in named if menu in fen)
