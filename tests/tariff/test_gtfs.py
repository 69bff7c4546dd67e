"""GTFS Fares v2: what its reference says of transfers, windows and timeframes, and our export read back."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from edge.domain.tariff.calendar import NAMED_DAYS, clock_seconds
from edge.domain.tariff.fares_v2 import (
    Leg,
    Transfer,
    cheapest_cover,
    journey_total,
    leg_charges,
    measured_s,
    within_limit,
)
from edge.domain.tariff.scene import Band, Calendar, Lookup, Scene
from edge.domain.tariff.scenes import set_scene
from edge.domain.tariff.state import NOTHING_KNOWN, CounterState, TapEvent
from edge.tariff_authoring.gtfs_export import export, write
from edge.tariff_authoring.shelf import Shelf
from tests.tariff.city import CITY, NO_CITY_RULES, city, plain, ride

VECTORS = Path(__file__).parents[1] / "vectors" / "fares" / "gtfs.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text("utf-8"))["cases"]
Given = dict[str, Any]


def transfer_type(given: Given) -> dict[str, Any]:
    legs = [Leg(name, given["leg_prices"][name]) for name in given["legs"]]
    rules = [Transfer(one["from"], one["to"], one["fare_transfer_type"], one["price"]) for one in given["transfers"]]
    return {"total": journey_total(legs, rules)}


def leg_at(times: dict[str, Any], price: int = 0) -> Leg:
    group = str(times.get("leg_group_id", ""))
    return Leg(group, price, clock_seconds(times["departure"]), clock_seconds(times["arrival"]))


def duration(given: Given) -> dict[str, Any]:
    gap = measured_s(given["duration_limit_type"], leg_at(given["current_leg"]), leg_at(given["next_leg"]))
    return {"match": within_limit(gap, given["duration_limit"])}


def timeframe(given: Given) -> dict[str, Any]:
    if "local_day" in given:
        day = next(name for name in NAMED_DAYS if name.startswith(given["local_day"].lower()))
        return {"evaluated_day": day[:3].title()} if in_band(given["local_time"], "00:00", "24:00", day) else {}
    return {"match": in_band(given["event_time"], given["start_time"], given["end_time"], "")}


def in_band(clock: str, start: str, end: str, day: str) -> bool:
    """Ask the engine's own timeframes: the local day, start included, end excluded."""
    only = frozenset({NAMED_DAYS[day].weekday}) if day else frozenset(range(7))
    band = Band(clock_seconds(start), clock_seconds(end), "days")
    lookup = Lookup({}, {"days": Calendar(only, (), ())}, {"frame": (band,)}, {}, "mar_1")
    scene = set_scene(city(), city().facts({"time": clock, "day": day or "monday"}), TapEvent(), 1)
    return Scene(scene.facts, lookup, scene.day, scene.clock_s, scene.leaving).in_timeframe("frame")


def transfer_count(given: Given) -> dict[str, Any]:
    group = given["legs"][0]["leg_group_id"]
    rule = Transfer(
        group,
        group,
        given["fare_transfer_type"],
        given["transfer_price"],
        given["transfer_count"],
        given["duration_limit"],
        given["duration_limit_type"],
    )
    return {"leg_charges": leg_charges([leg_at(leg, given["leg_price"]) for leg in given["legs"]], rule)}


def engine_total(legs: Sequence[tuple[int, int]], window_s: int, end: str) -> int:
    """Tap leg after leg at the engine: inside a window from the first charge only the dearest leg is paid."""
    rule = {
        **CITY["fare_transfer_rules"][0],
        "transfer_count": -1,
        "duration_limit": window_s,
        "x_window": {"end": end, "anchor": "first_charge"},
        "x_relief": {"kind": "pay_difference"},
        "x_apply": "after_percent",
    }
    bundle = city(plain(NO_CITY_RULES, fare_transfer_rules=[rule]))
    state, total = NOTHING_KNOWN, 0
    for start_s, fare in legs:
        event = TapEvent(leg_group="bus", time_ms=1_735_660_800_000 + start_s * 1000)
        decision = ride({"list_fen": fare}, bundle=bundle, state=state, event=event)
        state = CounterState(chain=decision.chain)
        total += decision.charge.payer_fen
    return total


def dearest(given: Given) -> dict[str, Any]:
    legs = [(leg["start_s"], leg["fare"]) for leg in given["legs"]]
    return {"total": engine_total(legs, given["window_s"], given.get("window_end", "inclusive"))}


def window_end(given: Given) -> dict[str, Any]:
    legs = [(minute * 60, given["leg_price"]) for minute in given["leg_starts_min"]]
    return {"total": engine_total(legs, given["window_s"], given["window_end"])}


def zone_cover(given: Given) -> dict[str, Any]:
    tickets = {frozenset(zones): price for zones, price in given["tickets"].items()}
    return {"price_by_journey": {ends: cheapest_cover(tickets, frozenset(ends)) for ends in given["journeys"]}}


FAMILIES: dict[str, Callable[[Given], dict[str, Any]]] = {
    "transfer-type/two-legs": transfer_type,
    "transfer-type/three-legs": transfer_type,
    "duration-limit-type": duration,
    "timeframe": timeframe,
    "transfer-count": transfer_count,
    "dearest-in-window": dearest,
    "window-end-exclusive": window_end,
    "zone-cover": zone_cover,
}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_reference_is_followed(case: dict[str, Any]) -> None:
    assert FAMILIES[case["family"]](case["given"]) == case["expect"]


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_an_exported_matrix_read_back_prices_alike(tmp_path: Path) -> None:
    shelf = Shelf()
    write(export(shelf.versions("stage-line")[0]), tmp_path)
    prices = {row["fare_product_id"]: row["amount"] for row in table(tmp_path, "fare_products.txt")}
    ends = {
        (row["from_area_id"], row["to_area_id"]): prices[row["fare_product_id"]]
        for row in table(tmp_path, "fare_leg_rules.txt")
    }
    bundle = shelf.versions("stage-line")[0]
    for (origin, end), amount in ends.items():
        fen = ride({"from": origin, "to": end}, bundle=bundle).charge.list_fen
        assert amount == f"{fen // 100}.{fen % 100:02d}"
    assert len(ends) == 6


def test_an_exported_transfer_read_back_prices_alike(tmp_path: Path) -> None:
    bundle = city(plain(NO_CITY_RULES))
    made = export(bundle)
    write(made, tmp_path)
    rows = [row for row in table(tmp_path, "fare_transfer_rules.txt") if row["to_leg_group_id"] == "bus"]
    prices = {row["fare_product_id"]: round(float(row["amount"]) * 100) for row in table(tmp_path, "fare_products.txt")}
    rule = next(row for row in rows if row["from_leg_group_id"] == "bus")
    read = Transfer(
        "bus", "bus", int(rule["fare_transfer_type"]), prices[rule["fare_product_id"]], int(rule["transfer_count"])
    )
    first = ride(bundle=bundle, event=TapEvent(leg_group="bus", time_ms=0))
    second = ride(bundle=bundle, state=CounterState(chain=first.chain), event=TapEvent(leg_group="bus", time_ms=60_000))
    total = first.charge.payer_fen + second.charge.payer_fen
    assert journey_total([Leg("bus", prices["flat"]), Leg("bus", prices["flat"])], [read]) == total == 300


def test_the_count_is_written_only_where_a_group_follows_itself(tmp_path: Path) -> None:
    write(export(city(plain(NO_CITY_RULES))), tmp_path)
    rows = table(tmp_path, "fare_transfer_rules.txt")
    assert {(row["from_leg_group_id"] == row["to_leg_group_id"], row["transfer_count"] != "") for row in rows} <= {
        (True, True),
        (False, False),
    }


def test_what_fares_v2_cannot_say_is_named() -> None:
    left_out = " ".join(export(city()).left_out)
    assert "fare_products.km: Fares v2 has no steps" in left_out
    assert "x_adjustments.tier" in left_out
    assert "x_caps" in left_out
