"""How fast the engine prices, beside a hand-written flat fare in the same run, and how large a big bundle is.

The row fails where a figure misses its target; times on a shared machine move, so the ratio to the hand-written
function is printed with each.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from edge.domain.tariff.engine import price
from edge.domain.tariff.facts import read_facts
from edge.domain.tariff.state import Chain, CounterRow, CounterState, EventKind, TapEvent
from edge.tariff_authoring.shelf import Shelf
from edge.tariff_authoring.toml_files import canonical
from sync.tariff_wire import decode_tariff, encode_tariff
from tests.bench.report import say

ROW: Final = "tariff"
FLAT_PER_S_MIN: Final = 10_000
WORST_PER_S_MIN: Final = 1_500
PAIRS_BYTES_MAX: Final = 5 * 1024 * 1024
ROUNDS: Final = 5
NOON_MS: Final = 1_740_801_600_000


def run() -> int:
    """Print the figures; returns 1 where one misses its target."""
    hand = rate(hand_written)
    say(f"{ROW}: decisions of the tariff engine, one core")
    say(f"  {'hand-written flat fare (the floor)':<34} {hand:>12,.0f} /s")
    passed = [figure(hand) for figure in (flat, worst, load)]
    say()
    return 0 if all(passed) else 1


def rate(call: Callable[[], object], seconds: float = 0.2) -> float:
    """Return calls a second: the best of some rounds, for others share the machine."""
    count = 1
    while _took(call, count) < seconds / 4:
        count *= 2
    return max(count / _took(call, count) for _ in range(ROUNDS))


def _took(call: Callable[[], object], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - start


FARES: Final = {"card": 100, "app": 80}


def hand_written() -> tuple[int, int]:
    """Price as somebody would without an engine: one look-up."""
    fare = FARES.get("card", 100)
    return fare, 100 - fare


def flat(hand: float) -> bool:
    """Price a flat bus ride of an adult by card: every rule asked, every line written."""
    bundle = Shelf().versions("generic-cap")[0]
    facts, state = read_facts({"medium": "card"}), CounterState()
    event = TapEvent(time_ms=NOON_MS)
    return _told("tariff-flat", rate(lambda: price(bundle, facts, state, event)), FLAT_PER_S_MIN, hand)


def worst(hand: float) -> bool:
    """Price the dearest decision of the Qingdao bundles: a transfer with a campaign and an uncertain quota."""
    slowest = min(rate(question, 0.1) for question in _questions())
    return _told("tariff-worst", slowest, WORST_PER_S_MIN, hand)


def _questions() -> list[Callable[[], object]]:
    shelf = Shelf()
    metro, promo, meal = (shelf.versions(name)[0] for name in ("qd-metro-2021", "qd-bus-promo", "qd-meal-city-2023"))
    chain = Chain("bus", NOON_MS, NOON_MS, NOON_MS, "v", "t", 0, 1, 100, 100)
    unsure = CounterState((CounterRow("month_paid", "*", 9_000, 25_000),), chain)
    half = CounterState((CounterRow("promo_used_today", "*", 1, 3),), chain)
    fed = CounterState((CounterRow("used_today", "*", 0, 1),))
    ride = TapEvent(leg_group="metro", time_ms=NOON_MS + 3_000_000, entered_ms=NOON_MS)
    tap = TapEvent(leg_group="bus", time_ms=NOON_MS + 3_000_000)
    rider = read_facts({"distance_m": 40_000, "medium": "qindaotong", "birth": "1990-05-05", "entitlement": "student"})
    payer = read_facts({"list_fen": 200, "medium": "ssc_financial_flash", "age": 40})
    eater = read_facts({"list_fen": 1500, "age": 75})
    return [
        lambda: price(metro, rider, unsure, ride),
        lambda: price(promo, payer, half, tap),
        lambda: price(meal, eater, fed, TapEvent(EventKind.MEAL, time_ms=NOON_MS)),
    ]


def _told(name: str, per_s: float, floor: int, hand: float) -> bool:
    passed = per_s >= floor
    mark = "" if passed else "  MISSED"
    say(f"  {name:<34} {per_s:>12,.0f} /s   target {floor:,}   hand-written x{hand / per_s:,.0f}{mark}")
    return passed


def load(_hand: float) -> bool:
    """Load a compiled bundle of 10,000 station pairs."""
    packed = encode_tariff([canonical(_large())])
    start = time.perf_counter()
    (bundle,) = decode_tariff(packed)
    took_ms = (time.perf_counter() - start) * 1000
    facts = read_facts({"from": "station 3", "to": "station 97"})
    priced = price(bundle, facts, CounterState(), TapEvent()).charge.payer_fen == 200 + (3 * 31 + 97 * 17) % 800
    passed = priced and len(packed) <= PAIRS_BYTES_MAX
    size = f"{len(packed):,} bytes (at most {PAIRS_BYTES_MAX:,})"
    say(f"  {'tariff-load':<34} {took_ms:>12,.1f} ms  10,000 station pairs, {size}{'' if passed else '  MISSED'}")
    return passed


def _large() -> dict[str, Any]:
    places = [f"station {number}" for number in range(100)]
    rows = [[200 + (one * 31 + two * 17) % 800 for two in range(100)] for one in range(100)]
    return {
        "bundle": {"id": "large"},
        "networks": [{"network_id": "metro"}],
        "rider_categories": [{"rider_category_id": "adult", "is_default_fare_category": 1}],
        "fare_products": [{"fare_product_id": "od", "x_table": {"by": "od_matrix", "places": places, "rows": rows}}],
        "fare_leg_rules": [{"leg_group_id": "metro", "network_id": "metro", "fare_product_id": "od"}],
        "x_tap_policy": {"metro": {"mode": "in"}},
    }
