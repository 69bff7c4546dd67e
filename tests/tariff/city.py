"""A small city as a plain bundle, for tests that change one thing at a time."""

from __future__ import annotations

import copy
from typing import Any

from edge.domain.tariff.bundle import Bundle, build_bundle
from edge.domain.tariff.engine import price
from edge.domain.tariff.state import NOTHING_KNOWN, CounterState, EventKind, PricedDecision, TapEvent
from edge.tariff_authoring.toml_files import canonical

DOWN = {"mode": "down"}

CITY: dict[str, Any] = {
    "bundle": {"id": "city", "default_leg_group": "bus"},
    "x_funders": ["city", "bank"],
    "networks": [{"network_id": "bus"}, {"network_id": "metro"}],
    "areas": [{"area_id": "airport", "x_places": ["A"]}],
    "fare_media": [
        {"fare_media_id": "card", "fare_media_type": 2},
        {"fare_media_id": "bank", "fare_media_type": 3},
    ],
    "rider_categories": [
        {"rider_category_id": "adult", "is_default_fare_category": 1},
        {"rider_category_id": "elder", "x_priority": 2, "x_when": {"age": {"gte": 60}}},
        {"rider_category_id": "student", "x_priority": 1, "x_when": {"entitlement": "student"}},
    ],
    "fare_products": [
        {"fare_product_id": "flat", "amount": 200},
        {
            "fare_product_id": "km",
            "x_table": {
                "by": "distance_m",
                "steps": [[5000, 200], [10000, 300], [17000, 400]],
                "upper": "inclusive",
                "beyond": {"every": 20000, "add": 100},
            },
        },
    ],
    "fare_leg_rules": [
        {"leg_group_id": "bus", "network_id": "bus", "fare_product_id": "flat"},
        {"leg_group_id": "metro", "network_id": "metro", "fare_product_id": "km"},
    ],
    "fare_transfer_rules": [
        {
            "x_id": "transfer",
            "from_leg_group_id": ["bus", "metro"],
            "to_leg_group_id": ["bus", "metro"],
            "transfer_count": 1,
            "duration_limit": 3600,
            "duration_limit_type": 2,
            "x_window": {"end": "inclusive"},
            "x_relief": {"kind": "amount_off", "fen": 100},
        }
    ],
    "x_counters": [
        {
            "id": "month_paid",
            "subject": "card",
            "measure": "paid_fen",
            "period": "calendar_month",
            "offline": {"mode": "local_first_tier"},
        },
        {
            "id": "day_paid",
            "subject": "card",
            "measure": "paid_fen",
            "period": "calendar_day",
            "offline": {"mode": "full_price_then_refund"},
        },
        {
            "id": "promo",
            "subject": "account",
            "measure": "count",
            "period": "calendar_day",
            "limit": 2,
            "offline": {"mode": "deny"},
        },
    ],
    "x_adjustments": [
        {
            "id": "elder_free",
            "stage": "concession",
            "group": "category",
            "when": {"category": "elder"},
            "op": {"kind": "set", "fen": 0},
            "funder": "city",
        },
        {
            "id": "student_half",
            "stage": "concession",
            "group": "category",
            "when": {"category": "student"},
            "op": {"kind": "percent", "percent": 50, "round": {"mode": "half_up", "to": 5}},
            "funder": "city",
        },
        {
            "id": "tier",
            "stage": "loyalty",
            "when": {"media": "card"},
            "op": {
                "kind": "percent_by",
                "counter": "month_paid",
                "steps": [[0, 90], [10000, 80], [20000, 70], [30000, 90]],
                "round": DOWN,
            },
        },
        {
            "id": "one_fen",
            "stage": "promotion",
            "when": {"media": "bank"},
            "op": {"kind": "cap_price", "fen": 1},
            "uses": ["promo"],
            "funder": "bank",
        },
    ],
    "x_group_choice": {"category": "best_for_payer"},
    "x_surcharges": [{"id": "airport_fee", "when": {"touches": "airport"}, "fen": 500}],
    "x_caps": [{"id": "day_cap", "counter": "day_paid", "price": 1000}],
    "x_tap_policy": {
        "bus": {"mode": "in", "passback": {"window_s": 60, "below_normal": "duplicate", "otherwise": "companion"}},
        "metro": {
            "mode": "in_out",
            "max_minutes": 240,
            "overtime": {"add": 900},
            "same_station_free_minutes": 20,
            "missing_out": {"charge": 900},
            "missing_in": {"charge": 900},
        },
    },
}

MEALS: dict[str, Any] = {
    "bundle": {"id": "meals"},
    "x_funders": ["city", "district", "bed"],
    "x_counters": [
        {
            "id": "used_today",
            "subject": "person",
            "measure": "count",
            "period": "calendar_day",
            "limit": 1,
            "offline": {"mode": "grant_and_flag", "max_open_per_person": 1, "max_open_per_device_day": 5},
        }
    ],
    "x_meals": [
        {
            "id": "lunch",
            "when": {"age": {"gte": 70}, "deceased": False},
            "limits": {"uses": ["used_today"], "total_percent_max": 60},
            "reliefs": [
                {"id": "city_day", "op": {"kind": "amount_off", "fen": 300}, "funder": "city"},
                {"id": "district_day", "op": {"kind": "amount_off", "fen": 200}, "funder": "district"},
                {"id": "bed_half", "op": {"kind": "relief_percent", "percent": 50}, "funder": "bed"},
            ],
        }
    ],
}


NO_CITY_RULES: dict[str, Any] = {
    **CITY,
    "x_adjustments": [],
    "x_group_choice": {},
    "x_caps": [],
    "x_surcharges": [],
    "x_tap_policy": {**CITY["x_tap_policy"], "bus": {"mode": "in"}},
}
"""The city without reliefs other than the transfer."""


def plain(source: dict[str, Any] = CITY, **sections: Any) -> dict[str, Any]:  # noqa: ANN401 - sections of a bundle
    """Return a fresh plain bundle with some sections replaced."""
    return copy.deepcopy({**source, **sections})


def city(source: dict[str, Any] = CITY, **sections: Any) -> Bundle:  # noqa: ANN401 - as above
    """Return the bundle."""
    return build_bundle(canonical(plain(source, **sections)))


BUNDLE = city()
MEAL_BUNDLE = city(MEALS)


def ride(
    facts: dict[str, Any] | None = None,
    *,
    bundle: Bundle = BUNDLE,
    state: CounterState = NOTHING_KNOWN,
    event: TapEvent | None = None,
) -> PricedDecision:
    """Price one event of the city."""
    return price(bundle, bundle.facts(facts or {}), state, event or TapEvent(bundle.default_kind))


def meal(facts: dict[str, Any], *, state: CounterState = NOTHING_KNOWN) -> PricedDecision:
    """Price one meal."""
    return ride(facts, bundle=MEAL_BUNDLE, state=state, event=TapEvent(EventKind.MEAL))
