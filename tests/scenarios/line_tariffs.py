"""Tariffs for a terminal of the bench: shipped ones, and small invented ones that show one thing each. Fares in fen."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any, Final

from edge.domain.tariff.flat import flat_tree
from edge.tariff_authoring.shelf import Shelf

Tree = dict[str, Any]

STEPS: Final = ((0, 100), (600, 50), (700, 25))
"""Percent of 2 yuan by what the card has paid in the month."""


def shipped(name: str) -> Tree:
    """Return a shipped bundle as it is compiled."""
    (authored,) = _shelf().authored(name)
    assert authored.problems == []
    return deepcopy(authored.plain)


@cache
def _shelf() -> Shelf:
    """Read the files of all bundles once: hundreds of tests ask for two of them."""
    return Shelf()


def flat(name: str = "flat", fare_fen: int = 200, **sections: Any) -> Tree:  # noqa: ANN401 - any section of a bundle
    """Return a flat fare, dearer for other cities, with more sections."""
    return {**flat_tree(name, fare_fen, 2 * fare_fen), **sections}


def open_to_all(fare_fen: int = 200) -> Tree:
    """Return a flat fare that bank cards and codes pay as well."""
    return flat_tree("all", fare_fen, 2 * fare_fen, also=("bank_card", "code"))


def relief(name: str, kind: str, **keys: object) -> Tree:
    """Return a relief; ``keys`` of the relief itself, ``op`` those of its operation."""
    return {"id": name, "stage": "loyalty", **keys, "op": {"kind": kind, **(keys.get("op") or {})}}  # type: ignore[dict-item]  # a table of keys


def counter(name: str, measure: str, period: str, mode: str, **keys: object) -> Tree:
    """Return a counter of a card."""
    return {
        "id": name, "subject": "card", "measure": measure, "period": period, "offline": {"mode": mode}, **keys
    }  # fmt: skip


def tiered(mode: str = "local_first_tier") -> Tree:
    """Return two yuan, less from six yuan a month on; ``mode`` where the month's sum is not certain."""
    tier = relief("month_tier", "percent_by", op={"counter": "month_paid", "steps": STEPS, "round": {"mode": "down"}})
    months = counter("month_paid", "paid_fen", "calendar_month", mode)
    return flat("tiered", x_counters=[months], x_adjustments=[tier])


def capped() -> Tree:
    """Return two yuan, at most five a day."""
    days = counter("day_paid", "paid_fen", "calendar_day", "local_first_tier")
    return flat("capped", x_counters=[days], x_caps=[{"id": "day_cap", "counter": "day_paid", "price": 500}])


def promoted() -> Tree:
    """Return two yuan, one ride a day for one fen at a bank's expense."""
    quota = counter("promo_today", "count", "calendar_day", "deny", limit=1)
    fen = relief("one_fen", "cap_price", op={"fen": 1}, uses=["promo_today"], funder="bank", stage="promotion")
    return flat("promoted", x_funders=["bank", "operator"], x_counters=[quota], x_adjustments=[fen])


def funded() -> Tree:
    """Return two yuan of which a district, a bank and the operator each carry a part."""
    rows = [
        relief("district_part", "amount_off", op={"fen": 60}, funder="district", stage="concession"),
        relief("bank_part", "percent", op={"percent": 75, "round": {"mode": "down"}}, funder="bank"),
        relief("own_part", "amount_off", op={"fen": 5}, stage="promotion"),
    ]
    night = [{"id": "night", "fen": 30}]
    return flat("funded", x_funders=["district", "bank", "operator"], x_adjustments=rows, x_surcharges=night)


def dated(name: str, fare_fen: int, **effective: str) -> Tree:
    """Return one version of a tariff: ``from`` and ``until`` are instants."""
    return {**flat(name, fare_fen), "bundle": {"id": name, "series": "city", "effective": effective}}
