"""A canteen's tariff for tests: Shibei's lunch and its delivery as shipped, with two set meals."""

from __future__ import annotations

from typing import Any, Final

from edge.domain.holder import Claim
from tests.domain.samples import NOON_MS
from tests.scenarios.line_tariffs import shipped

LUNCH_MS: Final = NOON_MS
"""A Monday that is no holiday."""
PERSON: Final = bytes.fromhex("c1" * 16)
RESIDENT: Final = (Claim("age=76", "20200101", evidence="SHD-1"), Claim("resident_of=shibei", "20200101"))
SETS: Final = {"set_a": 1200, "set_b": 1800}


def canteen() -> dict[str, Any]:
    """Return the tariff as it is compiled."""
    lunch, delivery = shipped("qd-shibei-2024"), shipped("qd-shibei-2024-delivery")
    together = ("x_counters", "x_meals")
    return {
        **lunch,
        **{name: [*lunch[name], *delivery[name]] for name in together},
        "x_funders": [*lunch["x_funders"], "city"],
        "fare_products": [{"fare_product_id": name, "amount": fen} for name, fen in SETS.items()],
    }
