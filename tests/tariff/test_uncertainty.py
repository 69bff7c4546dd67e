"""A counter that is not known for certain: when the price is sure all the same, and who decides when it is not."""

from __future__ import annotations

import pytest

from edge.domain.tariff.state import CounterRow, CounterState, EventKind, OpenGrants, TapEvent
from tests.tariff.city import CITY, MEALS, city, meal, plain, ride

CARD = {"medium": "card", "list_fen": 300}
NOON_MS = 1_740_801_600_000
"""2025-03-01T12:00:00+08:00."""


def between(counter: str, known: int, possible: int, *grants: OpenGrants) -> CounterState:
    return CounterState((CounterRow(counter, "*", known, possible),), open_grants=grants)


def test_inside_one_tier_the_price_is_certain() -> None:
    decision = ride(CARD, state=between("month_paid", 100, 9000))
    assert (decision.charge.payer_fen, decision.uncertain, decision.exposure_fen) == (270, (), 0)


def test_equal_ends_do_not_prove_certainty_where_a_tier_lies_between() -> None:
    """From 0 (90 %) to 35000 (90 % again) the tiers of 80 and 70 % lie in the interval."""
    decision = ride(CARD, state=between("month_paid", 0, 35_000))
    assert decision.uncertain == ("month_paid",)
    assert decision.charge.payer_fen == 270
    assert decision.exposure_fen == 60


def test_local_first_tier_charges_the_rate_of_the_known_end() -> None:
    decision = ride(CARD, state=between("month_paid", 9_990, 20))
    assert (decision.charge.payer_fen, decision.exposure_fen) == (270, 30)


def test_deny_prices_as_if_the_quota_were_used_up_and_exposes_nothing() -> None:
    decision = ride({"medium": "bank", "list_fen": 200}, state=between("promo", 1, 1))
    assert (decision.charge.payer_fen, decision.uncertain, decision.exposure_fen) == (200, ("promo",), 0)


def test_a_quota_that_is_surely_left_is_granted() -> None:
    decision = ride({"medium": "bank", "list_fen": 200}, state=between("promo", 0, 1))
    assert (decision.charge.payer_fen, decision.uncertain) == (1, ())


def test_a_quota_that_is_surely_used_up_is_not() -> None:
    decision = ride({"medium": "bank", "list_fen": 200}, state=between("promo", 2, 3))
    assert (decision.charge.payer_fen, decision.uncertain) == (200, ())


def test_full_price_then_refund_leaves_the_cap_out_and_states_what_may_be_owed() -> None:
    decision = ride({"list_fen": 400}, state=between("day_paid", 500, 300))
    assert (decision.charge.payer_fen, decision.uncertain, decision.exposure_fen) == (400, ("day_paid",), 200)


def test_grant_and_flag_grants_and_states_the_exposure() -> None:
    decision = meal({"list_fen": 1500, "age": 75}, state=between("used_today", 0, 1))
    assert (decision.charge.payer_fen, decision.uncertain, decision.exposure_fen) == (600, ("used_today",), 900)


@pytest.mark.parametrize(("person", "device_day"), [(1, 0), (0, 5)], ids=["of this person", "of this terminal today"])
def test_past_its_open_grants_a_meal_costs_list_price(person: int, device_day: int) -> None:
    state = between("used_today", 0, 1, OpenGrants("used_today", person, device_day))
    assert meal({"list_fen": 1500, "age": 75}, state=state).charge.payer_fen == 1500


def test_two_counters_that_only_matter_together_are_both_named() -> None:
    state = CounterState((CounterRow("month_paid", "*", 9_990, 20), CounterRow("day_paid", "*", 0, 900)))
    decision = ride(CARD, state=state)
    assert decision.uncertain == ("day_paid", "month_paid")


def test_a_counter_of_another_period_counts_for_nothing() -> None:
    state = CounterState((CounterRow("month_paid", "2025-02", 25_000),))
    decision = ride(CARD, state=state, event=TapEvent(time_ms=NOON_MS))
    assert decision.charge.payer_fen == 270
    assert sorted((one.counter, one.bucket, one.add) for one in decision.effects) == [
        ("day_paid", "2025-03-01", 270),
        ("month_paid", "2025-03", 270),
    ]


def test_a_clock_that_may_lie_before_midnight_prices_both_days() -> None:
    bundle = city(
        plain(
            CITY,
            fare_products=[
                {"fare_product_id": "flat", "amount": 200, "x_valid": {"until": "2025-03-01"}},
                {"fare_product_id": "flat", "amount": 300, "x_valid": {"from": "2025-03-02"}},
                CITY["fare_products"][1],
            ],
        )
    )
    late_ms = NOON_MS + 12 * 3_600_000 - 5_000
    sure = ride(bundle=bundle, event=TapEvent(time_ms=late_ms, clock_error_s=4))
    unsure = ride(bundle=bundle, event=TapEvent(time_ms=late_ms, clock_error_s=6))
    assert (sure.charge.payer_fen, sure.uncertain) == (200, ())
    assert (unsure.charge.payer_fen, unsure.uncertain, unsure.exposure_fen) == (200, ("clock",), 100)


def test_a_meal_session_is_a_period_of_its_own() -> None:
    counter = {**MEALS["x_counters"][0], "period": "meal_session"}
    frames = [
        {"timeframe_group_id": "lunch", "start_time": "10:30", "end_time": "13:30"},
        {"timeframe_group_id": "dinner", "start_time": "16:30", "end_time": "19:00"},
    ]
    bundle = city(MEALS, x_counters=[counter], timeframes=frames)
    lunch = TapEvent(EventKind.MEAL, time_ms=NOON_MS)
    first = ride({"list_fen": 1500, "age": 75}, bundle=bundle, event=lunch)
    used = CounterState(tuple(CounterRow(one.counter, one.bucket, one.add) for one in first.effects))
    dinner = TapEvent(EventKind.MEAL, time_ms=NOON_MS + 5 * 3_600_000)
    assert first.charge.payer_fen == 600
    assert ride({"list_fen": 1500, "age": 75}, bundle=bundle, state=used, event=lunch).charge.payer_fen == 1500
    assert ride({"list_fen": 1500, "age": 75}, bundle=bundle, state=used, event=dinner).charge.payer_fen == 600
