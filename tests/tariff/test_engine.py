"""What the engine does with taps, transfers, limits and facts that give no price."""

from __future__ import annotations

from typing import Any

import pytest

from edge.domain.errors import PolicyError
from edge.domain.tariff.state import (
    NOTHING_KNOWN,
    Chain,
    CounterRow,
    CounterState,
    EventKind,
    LastPriced,
    Outcome,
    TapEvent,
)
from tests.tariff.city import CITY, MEALS, city, meal, plain, ride

HOUR_MS = 3_600_000
NIGHT_MS = 1_767_196_740_000
"""2025-12-31T23:59:00+08:00."""


def metro(minutes: float, **facts: Any) -> Any:  # noqa: ANN401 - a decision
    left_ms = NIGHT_MS + int(minutes * 60_000)
    event = TapEvent(leg_group="metro", time_ms=left_ms, entered_ms=NIGHT_MS)
    return ride({"distance_m": 6000, **facts}, event=event)


@pytest.mark.parametrize(
    ("minutes", "fee"), [(1, 0), (240, 0), (240 + 1 / 60, 900)], ids=["a short stay", "just the limit", "a second more"]
)
def test_overtime_is_a_surcharge_that_no_relief_touches(minutes: float, fee: int) -> None:
    charge = metro(minutes, age=70).charge
    assert (charge.list_fen, charge.surcharge_fen, charge.payer_fen, charge.relief_fen) == (300, fee, fee, 300)


def test_a_surcharge_of_a_station_set_stands_beside_the_fare() -> None:
    charge = metro(10, **{"from": "A", "to": "B"}).charge
    assert (charge.list_fen, charge.surcharge_fen, charge.payer_fen) == (300, 500, 800)


def test_leaving_where_one_entered_is_free_for_a_while() -> None:
    assert metro(20, same_station=True, travelled=False).charge.payer_fen == 0
    assert metro(21, same_station=True, travelled=False).charge.payer_fen == 300


def test_only_staff_can_say_that_nobody_has_ridden() -> None:
    assert metro(5, same_station=True).charge.payer_fen == 300


@pytest.mark.parametrize("kind", [EventKind.MISSING_OUT, EventKind.MISSING_IN])
def test_a_lone_tap_costs_what_the_policy_says_without_relief(kind: EventKind) -> None:
    charge = ride({"age": 70}, event=TapEvent(kind, "metro")).charge
    assert (charge.list_fen, charge.payer_fen) == (900, 900)


def test_a_tap_in_costs_nothing_and_leaves_the_chain() -> None:
    chain = Chain("bus")
    decision = ride(event=TapEvent(EventKind.TAP_IN, "metro"), state=CounterState(chain=chain))
    assert (decision.charge.payer_fen, decision.chain) == (0, chain)


@pytest.mark.parametrize(
    ("gap_s", "below", "outcome", "payer"),
    [
        (59, True, Outcome.DUPLICATE, 0),
        (59, False, Outcome.APPROVED, 200),
        (60, True, Outcome.APPROVED, 0),
    ],
    ids=["a reduced tap again", "a full tap again: a companion at list price", "a reduced tap a minute later"],
)
def test_the_same_medium_again(gap_s: int, below: bool, outcome: Outcome, payer: int) -> None:  # noqa: FBT001 - a table
    state = CounterState(last=LastPriced(NIGHT_MS, below))
    decision = ride({"age": 70}, state=state, event=TapEvent(leg_group="bus", time_ms=NIGHT_MS + gap_s * 1000))
    assert (decision.outcome, decision.charge.payer_fen) == (outcome, payer)


@pytest.mark.parametrize(("gap_s", "payer"), [(3599, 100), (3600, 100), (3601, 200)])
@pytest.mark.parametrize("start_ms", [NIGHT_MS, NIGHT_MS - 12 * HOUR_MS], ids=["over new year's midnight", "at noon"])
def test_a_window_is_absolute_time_with_a_written_end(start_ms: int, gap_s: int, payer: int) -> None:
    first = ride(event=TapEvent(leg_group="bus", time_ms=start_ms))
    state = CounterState(chain=first.chain)
    second = ride(state=state, event=TapEvent(leg_group="bus", time_ms=start_ms + gap_s * 1000))
    assert second.charge.payer_fen == payer


def test_a_chain_that_has_used_its_transfer_begins_anew() -> None:
    state, paid = NOTHING_KNOWN, []
    for number in range(4):
        decision = ride(state=state, event=TapEvent(leg_group="bus", time_ms=NIGHT_MS + number * 600_000))
        paid.append(decision.charge.payer_fen)
        state = CounterState(chain=decision.chain)
    assert paid == [200, 100, 200, 100]


def test_a_total_limit_cuts_the_last_funder_first() -> None:
    shares = {share.funder: share.fen for share in meal({"list_fen": 1500, "age": 75}).charge.shares}
    assert shares == {"city": 300, "district": 200, "bed": 400}


def test_the_order_of_funders_is_the_bundles_own() -> None:
    bundle = city(MEALS, x_funders=["bed", "district", "city"])
    decision = ride({"list_fen": 1500, "age": 75}, bundle=bundle, event=TapEvent(EventKind.MEAL))
    assert {share.funder: share.fen for share in decision.charge.shares} == {"bed": 750, "district": 150}


def test_the_order_of_stages_is_the_networks_own() -> None:
    """400 with 100 off and 90 %: 270 where the amount comes first, 260 where the percentage does."""
    state = CounterState(chain=Chain("bus"))
    rule = CITY["fare_transfer_rules"][0]
    late = city(fare_transfer_rules=[{**rule, "x_apply": "after_percent"}])
    facts = {"list_fen": 400, "medium": "card", "gap_s": 60}
    assert ride(facts, state=state).charge.payer_fen == 270
    assert ride(facts, state=state, bundle=late).charge.payer_fen == 260


def test_a_floor_holds_what_a_percentage_would_take() -> None:
    rule = {**CITY["x_adjustments"][1], "floor": 120}
    bundle = city(x_adjustments=[rule])
    assert ride({"entitlement": "student", "list_fen": 200}, bundle=bundle).charge.payer_fen == 120
    assert ride({"entitlement": "student", "list_fen": 100}, bundle=bundle).charge.payer_fen == 100


NO_PRICE: dict[str, tuple[dict[str, Any], TapEvent]] = {
    "a metro ride without a distance": ({}, TapEvent(leg_group="metro")),
    "a leg group that nobody knows": ({}, TapEvent(leg_group="tram")),
    "a meal without a price": ({}, TapEvent(EventKind.MEAL)),
}


@pytest.mark.parametrize(("facts", "event"), NO_PRICE.values(), ids=NO_PRICE.keys())
def test_facts_that_give_no_price_are_a_coded_error(facts: dict[str, Any], event: TapEvent) -> None:
    with pytest.raises(PolicyError, match="FACTS_INVALID"):
        ride(facts, event=event)


def test_a_refused_rule_says_why_and_an_applied_one_what_it_changed() -> None:
    lines = {line.rule: line for line in ride({"age": 70, "list_fen": 200}).lines}
    assert (lines["elder_free"].applied, lines["elder_free"].fen) == (True, 200)
    assert not lines["student_half"].applied
    assert lines["student_half"].reason == "category is not student"


def test_leaving_out_a_rule_that_was_not_applied_changes_nothing() -> None:
    whole = ride({"age": 70, "list_fen": 200})
    applied = {line.rule for line in whole.lines if line.applied}
    kept = [row for row in CITY["x_adjustments"] if row["id"] in applied]
    assert ride({"age": 70, "list_fen": 200}, bundle=city(plain(CITY, x_adjustments=kept))).charge == whole.charge


@pytest.mark.parametrize(
    ("kind", "paid"),
    [(0, [200, 50]), (1, [200, 250]), (2, [200, 0])],
    ids=["the leg costs the transfer", "the transfer on top", "the transfer alone, less what is paid"],
)
def test_a_transfer_with_a_product_of_its_own_is_priced_as_in_gtfs(kind: int, paid: list[int]) -> None:
    rule = {**CITY["fare_transfer_rules"][0], "fare_transfer_type": kind, "fare_product_id": "ab"}
    del rule["x_relief"]
    products = [*CITY["fare_products"], {"fare_product_id": "ab", "amount": 50}]
    bundle = city(fare_transfer_rules=[rule], fare_products=products)
    first = ride(bundle=bundle, event=TapEvent(leg_group="bus", time_ms=NIGHT_MS))
    state = CounterState(chain=first.chain)
    second = ride(bundle=bundle, state=state, event=TapEvent(leg_group="bus", time_ms=NIGHT_MS + HOUR_MS))
    assert [first.charge.payer_fen, second.charge.payer_fen] == paid


@pytest.mark.parametrize(
    ("choice", "payer"),
    [("exclusive", 200), ("first_that_applies", 150), ("best_for_payer", 150), ("sum", 150)],
)
def test_a_used_up_rule_keeps_its_place_only_where_the_group_is_exclusive(choice: str, payer: int) -> None:
    rows = [
        {"id": "one", "priority": 2, "uses": ["promo"], "op": {"kind": "set", "fen": 1}},
        {"id": "two", "priority": 1, "op": {"kind": "amount_off", "fen": 50}},
    ]
    rules = [{**row, "stage": "promotion", "group": "pick", "funder": "bank"} for row in rows]
    bundle = city(x_adjustments=rules, x_group_choice={"pick": choice})
    used = CounterState((CounterRow("promo", "*", 2),))
    assert ride({"list_fen": 200}, bundle=bundle, state=used).charge.payer_fen == payer


@pytest.mark.parametrize(("choice", "payer"), [("exclusive", 160), ("best_for_payer", 150), ("sum", 110)])
def test_a_group_chooses_as_it_is_written(choice: str, payer: int) -> None:
    rows = [
        {"id": "one", "priority": 2, "op": {"kind": "percent", "percent": 80, "round": {"mode": "down"}}},
        {"id": "two", "priority": 1, "op": {"kind": "amount_off", "fen": 50}},
    ]
    rules = [{**row, "stage": "promotion", "group": "pick", "funder": "bank"} for row in rows]
    bundle = city(x_adjustments=rules, x_group_choice={"pick": choice})
    assert ride({"list_fen": 200}, bundle=bundle).charge.payer_fen == payer
