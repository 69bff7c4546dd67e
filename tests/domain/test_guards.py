"""Guards of meal subsidies: each finds what it is for, and neither a fen nor a second before its threshold."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain.authorize import authorize
from edge.domain.decision import Approved, Decision, Declined, Reason
from edge.domain.errors import PolicyError
from edge.domain.holder import Holder
from edge.domain.meals.guarding import session_gap_s
from edge.domain.meals.guards import Amounts, AtCap, Burst, MealGuards, OffSession, Repeat, Travel, found_by
from edge.domain.meals.sale import Sale
from edge.domain.meals.seen import MealAsked, MealsSeen
from edge.domain.policy import Policy, State
from edge.domain.tap import Place, Tap, TapId, TerminalId, TimeQuality, Token
from edge.domain.tariff.bundle import Bundle, build_bundle
from tests.domain.canteen import LUNCH_MS, PERSON, RESIDENT, canteen
from tests.tariff.paper_line import purse

HERE, THERE = "canteen one", "canteen two"
MEAL: Final = MealAsked(LUNCH_MS, HERE, 1_500, 1_500, subsidised=True, metres=None, session_gap_s=0)
AGO: Final = MealsSeen(last_ms=LUNCH_MS - 600_000, last_site=HERE)
AWAY: Final = replace(AGO, last_site=THERE)
BURST: Final = MealGuards(burst=Burst(meals_max=20, window_s=60))
AT_CAP: Final = MealGuards(at_cap=AtCap(prices=(500, 1_500), share_percent_max=50, meals_min=10))


def travel(**limits: Any) -> MealGuards:  # noqa: ANN401 - any key of the guard
    return MealGuards(travel=Travel(**{"gap_s": 600, **limits}))


def repeat(gap_s: int) -> MealGuards:
    return MealGuards(repeat=Repeat(gap_s=gap_s))


def amounts(*paid: int) -> MealsSeen:
    return MealsSeen(amounts=paid)


MANY: Final = MealGuards(amounts=Amounts(amounts_max=2, window_s=3_600))
HOURS: Final = MealGuards(off_session=OffSession(slack_s=300))
CASES: Final[dict[str, tuple[MealGuards, MealsSeen, dict[str, Any], bool]]] = {
    "a meal more than a till can serve is a burst": (BURST, MealsSeen(burst=20), {}, True),
    "as many as it can serve are none": (BURST, MealsSeen(burst=19), {}, False),
    "a meal at list price is no part of a burst": (BURST, MealsSeen(burst=50), {"subsidised": False}, False),
    "the same person a second too early comes again": (repeat(601), AGO, {}, True),
    "the same person after the gap does not": (repeat(600), AGO, {}, False),
    "a person who never ate here does not": (repeat(601), MealsSeen(), {}, False),
    "a second meal at list price is no repeat": (repeat(601), AGO, {"subsidised": False}, False),
    "at another site it is no repeat": (repeat(601), AWAY, {}, False),
    "a person is too early at a site of unknown distance": (travel(gap_s=601), AWAY, {}, True),
    "a person may be there after the gap": (travel(gap_s=600), AWAY, {}, False),
    "a metre further than one can go is too far": (travel(metres_per_min_max=100), AWAY, {"metres": 1_001}, True),
    "just as far as one can go is not": (travel(metres_per_min_max=100), AWAY, {"metres": 1_000}, False),
    "a known distance wins over the gap": (travel(gap_s=9_000), AWAY, {"metres": 1_000}, False),
    "at the same site nobody travels": (travel(gap_s=601), AGO, {}, False),
    "a third amount of one card is one too many": (MANY, amounts(900, 1_200), {}, True),
    "a second amount is not": (MANY, amounts(1_200), {}, False),
    "the same amounts again are no more amounts": (MANY, amounts(1_200, 1_500), {}, False),
    "amounts count at list price as well": (MANY, amounts(900, 1_200), {"subsidised": False}, True),
    "a meal past the slack is off session": (HOURS, MealsSeen(), {"session_gap_s": 301}, True),
    "a meal inside the slack is not": (HOURS, MealsSeen(), {"session_gap_s": 300}, False),
    "at list price anybody may eat at any time": (
        HOURS,
        MealsSeen(),
        {"session_gap_s": 9_000, "subsidised": False},
        False,
    ),
    "more than half of ten meals at a cap are too many": (AT_CAP, MealsSeen(day=9, at_cap=5), {}, True),
    "half of ten are not": (AT_CAP, MealsSeen(day=9, at_cap=4), {}, False),
    "nine meals are too few to say": (AT_CAP, MealsSeen(day=8, at_cap=8), {}, False),
    "a meal at another price is not at a cap": (AT_CAP, MealsSeen(day=9, at_cap=9), {"unit_fen": 1_499}, False),
    "a guard that is absent finds nothing": (MealGuards(), MealsSeen(500, LUNCH_MS, THERE, (1, 2), 99, 99), {}, False),
}


@pytest.mark.parametrize(("guards", "seen", "changed", "is_found"), CASES.values(), ids=CASES)
def test_a_guard_finds(guards: MealGuards, seen: MealsSeen, changed: dict[str, Any], is_found: bool) -> None:  # noqa: FBT001 - a column
    found = found_by(guards, seen, replace(MEAL, **changed))
    assert [one.guard for one in found] == [name for name, _ in guards.on() if is_found]
    assert all(one.said and not one.refuses for one in found)


ALL_ON: Final[dict[str, dict[str, Any]]] = {
    "burst": {"meals_max": 1, "window_s": 60},
    "repeat": {"gap_s": 3_600},
    "travel": {"gap_s": 3_600},
    "amounts": {"amounts_max": 1, "window_s": 3_600},
    "off_session": {},
    "at_cap": {"prices": [1_500], "share_percent_max": 0, "meals_min": 1},
}
ODD: Final = MealsSeen(5, LUNCH_MS - 60_000, "shibei-canteen", (900,), 5, 5)
EVENING_MS: Final = LUNCH_MS + 3 * 3_600_000


@cache
def guarded_canteen(guards: str) -> Bundle:
    return build_bundle({**canteen(), "x_meal_guards": json.loads(guards)})


def decided(seen: MealsSeen | None, guards: dict[str, Any], time_ms: int = LUNCH_MS, **sale: Any) -> Decision:  # noqa: ANN401 - any field of a sale
    bundle = guarded_canteen(json.dumps(guards))
    place = Place("till", "4520", "shibei-canteen")
    offered = Sale(**{"number": 1, "offered_ms": time_ms, "staff": "s1", "unit_fen": 1_500, **sale})
    tap = Tap(
        TapId(bytes(8)), TerminalId("till-1"), place, time_ms, TimeQuality.TRUSTED, Token(bytes(16)), purse(1), offered
    )
    return authorize(tap, Policy(1, (bundle,)), State(holder=Holder(PERSON, RESIDENT), meals=seen))


def test_what_guards_find_is_flagged_explained_and_costs_nothing() -> None:
    plain, watched = decided(ODD, {}), decided(ODD, ALL_ON)
    assert isinstance(plain, Approved)
    assert isinstance(watched, Approved)
    assert watched.flags == ("burst", "repeat", "amounts", "at_cap")
    assert [line.rule for line in watched.explanation if line.rule.startswith("guard.")] == [
        "guard.burst",
        "guard.repeat",
        "guard.amounts",
        "guard.at_cap",
    ]
    assert (plain.flags, watched.charge, watched.pricing) == ((), plain.charge, plain.pricing)


@pytest.mark.parametrize("guard", ["burst", "repeat", "amounts", "at_cap"])
def test_where_the_policy_says_so_a_guard_refuses(guard: str) -> None:
    decision = decided(ODD, {**ALL_ON, guard: {**ALL_ON[guard], "answer": "refuse"}})
    assert isinstance(decision, Declined)
    assert decision.reason is Reason.MEAL_GUARD
    assert set(decision.flags) == {"burst", "repeat", "amounts", "at_cap"}
    assert (decision.explanation[-1].rule, decision.explanation[-1].applied) == (f"guard.{guard}", False)
    assert all(line.applied for line in decision.explanation[:-1] if line.rule.startswith("guard."))


def test_the_way_out_of_a_refusal_is_a_meal_at_list_price() -> None:
    refusing = {"burst": {**ALL_ON["burst"], "answer": "refuse"}}
    assert isinstance(decided(ODD, refusing), Declined)
    assert isinstance(decided(ODD, refusing, party="guest"), Approved)


def test_nothing_is_odd_where_nobody_looked_at_the_meals_before() -> None:
    """An entry of an older build has no such state, and is decided as it was."""
    decision = decided(None, ALL_ON)
    assert isinstance(decision, Approved)
    assert decision.flags == ()


seen_meals = st.builds(
    MealsSeen,
    burst=st.integers(0, 50),
    last_ms=st.integers(-1, EVENING_MS),
    last_site=st.sampled_from(["", "shibei-canteen", THERE]),
    amounts=st.lists(st.integers(1, 3_000), max_size=5, unique=True).map(lambda fen: tuple(sorted(fen))),
    day=st.integers(0, 300),
    at_cap=st.integers(0, 300),
)


@settings(deadline=None)  # the first example with other guards builds their bundle
@given(seen=seen_meals, on=st.sets(st.sampled_from(sorted(ALL_ON))), fen=st.sampled_from([900, 1_500, 3_000]))
def test_a_guard_that_flags_changes_nothing_of_what_anybody_pays(seen: MealsSeen, on: set[str], fen: int) -> None:
    plain = decided(seen, {}, unit_fen=fen)
    watched = decided(seen, {name: ALL_ON[name] for name in on}, unit_fen=fen)
    assert isinstance(plain, Approved)
    assert isinstance(watched, Approved)
    assert (watched.charge, watched.pricing, watched.prompt) == (plain.charge, plain.pricing, plain.prompt)
    assert set(watched.flags) <= on


GAPS: Final = {
    "inside lunch": (0, 0),
    "the last second of lunch": (89 * 60 + 59, 0),
    "the end of lunch is not in it": (90 * 60, 1),
    "ten minutes past it": (100 * 60 - 1, 600),
    "half an hour before dinner": (4 * 3_600, 1_800),
}


@pytest.mark.parametrize(("after_s", "gap_s"), GAPS.values(), ids=GAPS)
def test_how_far_the_nearest_session_is(after_s: int, gap_s: int) -> None:
    assert session_gap_s(build_bundle(canteen()), LUNCH_MS + after_s * 1_000) == gap_s


WRONG: Final = {
    "an unknown guard": {"bursts": {}},
    "a burst without a window": {"burst": {"meals_max": 3}},
    "a window beyond an hour": {"burst": {"meals_max": 3, "window_s": 3_601}},
    "a gap of nothing": {"repeat": {"gap_s": 0}},
    "another answer": {"repeat": {"gap_s": 60, "answer": "arrest"}},
    "a share above all": {"at_cap": {"prices": [500], "share_percent_max": 101, "meals_min": 1}},
}


@pytest.mark.parametrize("guards", WRONG.values(), ids=WRONG)
def test_a_bundle_refuses(guards: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match="TARIFF_INVALID"):
        build_bundle({**canteen(), "x_meal_guards": guards})
