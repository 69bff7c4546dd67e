"""What the tariff is told of a tap: the name of the medium, where and when it is, and what the state remembers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.domain.authorize import authorize
from edge.domain.decision import Approved, Declined, Reason
from edge.domain.errors import PolicyError
from edge.domain.fare import as_read, priced, served_medium, version_of
from edge.domain.policy import LastTap, Policy, State
from edge.domain.tap import Place
from edge.domain.tariff.bundle import Bundle, build_bundle
from edge.domain.tariff.flat import flat_tree
from edge.domain.tariff.state import Chain, CounterRow
from tests.domain.samples import NOON_MS, PLACE, POLICY, purse, tap_of

CITY = "4520"
DAY_MS = 86_400_000


def bundle_with(name: str = "flat", **sections: Any) -> Bundle:  # noqa: ANN401 - any section of a bundle
    """Return a flat tariff of 2 yuan with other sections in place of its own."""
    return build_bundle({**flat_tree(name, 200), **sections})


def media(*rows: tuple[str, str, str]) -> Bundle:
    """Return a tariff with transit cards of (name, scheme, issuer scope)."""
    names = ("fare_media_id", "x_scheme", "x_issuer_scope")
    return bundle_with(fare_media=[{**dict(zip(names, row, strict=True)), "fare_media_type": 2} for row in rows])


HOME, AWAY, ANY = ("home", "tunion", "local"), ("away", "tunion", "other_city"), ("any", "tunion", "")
PAPER = {"fare_media_id": "ticket", "fare_media_type": 1}
MEDIA: dict[str, tuple[Bundle, str | None, str | None]] = {
    "each scope has its row": (media(HOME, AWAY), "home", "away"),
    "only purses of the city are named": (media(HOME), "home", None),
    "only purses of other cities are named": (media(AWAY), None, "away"),
    "a row without a scope fits both": (media(ANY), "any", "any"),
    "the row that names the scope wins": (media(ANY, AWAY), "any", "away"),
    "another scheme is another card": (media(("old", "qindaotong", "")), None, None),
    "a transit card of any scheme fits": (media(("card", "", "")), "card", "card"),
    "no transit card is named": (bundle_with(fare_media=[PAPER]), None, None),
    "a tariff without media serves its own city": (bundle_with(fare_media=[]), "", None),
}


@pytest.mark.parametrize(("bundle", "home", "away"), MEDIA.values(), ids=MEDIA)
def test_the_medium_is_found_by_scheme_and_scope(bundle: Bundle, home: str | None, away: str | None) -> None:
    assert served_medium(bundle, purse(), CITY) == home
    assert served_medium(bundle, purse(city="1000"), CITY) == away
    for city, named in ((CITY, home), ("1000", away)):
        decision = authorize(tap_of(purse(city=city)), Policy(1, (bundle,)), State())
        refused = isinstance(decision, Declined) and decision.reason is Reason.FOREIGN_REFUSED
        assert refused is (named is None)


def relief_when(**when: object) -> Bundle:
    """Return a tariff that takes half a yuan off where a condition holds."""
    relief = {"id": "it_holds", "stage": "concession", "when": when, "op": {"kind": "amount_off", "fen": 50}}
    sheds = [{"area_id": "sheds", "x_places": ["north shed"]}]
    noon = [{"timeframe_group_id": "noon", "start_time": "12:00", "end_time": "12:01"}]
    return bundle_with(x_adjustments=[relief], areas=sheds, timeframes=noon)


SHED = replace(PLACE, station="north shed", direction="south")
TOLD: dict[str, tuple[dict[str, object], Place, int]] = {
    "the line is the route": ({"route": "321"}, PLACE, 150),
    "another line is not": ({"route": "322"}, PLACE, 200),
    "the station is where one boards": ({"from": "north shed"}, SHED, 150),
    "an area holds the station": ({"from_area": "sheds"}, SHED, 150),
    "the direction is where one rides to": ({"towards": "south"}, SHED, 150),
    "a place without a station tells none": ({"from": "north shed"}, PLACE, 200),
    "the medium has its name": ({"media": "purse_local"}, PLACE, 150),
    "the balance is told": ({"balance_fen": {"lt": 4_601}}, PLACE, 150),
    "the clock is the city's": ({"timeframe": "noon"}, PLACE, 150),
    "the date is the city's": ({"date": {"from": "2026-06-01", "until": "2026-06-01"}}, PLACE, 150),
}


@pytest.mark.parametrize(("when", "place", "payer_fen"), TOLD.values(), ids=TOLD)
def test_the_tariff_is_told_where_and_when(when: dict[str, object], place: Place, payer_fen: int) -> None:
    tap = replace(tap_of(), place=place)
    assert priced(tap, purse(), relief_when(**when), State()).charge.payer_fen == payer_fen


def test_a_place_that_no_fact_can_hold_is_a_refusal_and_no_price() -> None:
    decision = authorize(replace(tap_of(), place=replace(PLACE, line="x" * 65)), POLICY, State())
    assert isinstance(decision, Declined)
    assert (decision.reason, decision.explanation[-1].reason) == (Reason.TARIFF_REFUSED, "FACTS_INVALID")


def version(name: str, fare_fen: int, **effective: str) -> Bundle:
    """Return a version of one tariff."""
    return build_bundle({**flat_tree(name, fare_fen), "bundle": {"id": name, "series": "s", "effective": effective}})


JULY = "2026-07-01T00:00:00+08:00"
JULY_MS = NOON_MS + 30 * DAY_MS - DAY_MS // 2
OLD, NEW = version("old", 100, until=JULY), version("new", 200, **{"from": JULY})


@pytest.mark.parametrize("versions", [(OLD, NEW), (NEW, OLD)], ids=["in order", "the later one first"])
@pytest.mark.parametrize(
    ("time_ms", "name"), [(JULY_MS - 1, "old"), (JULY_MS, "new")], ids=["before", "at the instant"]
)
def test_the_time_of_the_tap_chooses_the_version(versions: tuple[Bundle, ...], time_ms: int, name: str) -> None:
    decision = authorize(tap_of(time_ms=time_ms), Policy(7, versions), State())
    assert isinstance(decision, Approved)
    assert decision.pricing.bundle == version_of(Policy(7, versions), tap_of(time_ms=time_ms)).id == name


def test_where_no_version_is_in_force_the_tap_is_declined() -> None:
    policy, tap = Policy(7, (NEW,)), tap_of()
    with pytest.raises(PolicyError, match="POLICY_MISSING"):
        version_of(policy, tap)
    decision = authorize(tap, policy, State())
    assert isinstance(decision, Declined)
    assert (decision.reason, decision.explanation[-1].rule) == (Reason.POLICY_MISSING, "tariff.in_force")


def counter(name: str, period: str) -> dict[str, object]:
    offline = {"mode": "local_first_tier"}
    return {"id": name, "subject": "card", "measure": "paid_fen", "period": period, "offline": offline}


PERIODS = ("calendar_day", "iso_week", "calendar_month", "calendar_year", "meal_session", "ever")
COUNTED = Policy(7, (bundle_with(x_counters=[counter(period, period) for period in PERIODS]),))
NOW = ("2026-06-01", "2026-06-01", "2026-06", "2026", "2026-06-01/lunch", "")
"""A Monday: its week has the name of the day."""
PAST = ("2026-05-31", "2026-05-25", "2026-05", "2025", "2026-05-31/lunch", "2026")


def test_a_decision_reads_the_counters_of_its_own_periods_alone() -> None:
    """Otherwise an entry would hold a row for each day a card ever rode, until it fits no entry any more."""
    current = tuple(CounterRow(name, period, 5, 1) for name, period in zip(PERIODS, NOW, strict=True))
    past = tuple(CounterRow(name, period, 7) for name, period in zip(PERIODS, PAST, strict=True))
    unknown = (CounterRow("of_another_tariff", "2026-06-01", 9),)
    state = State(unsent_count=3, counters=(*past, *current, *unknown))
    read = as_read(COUNTED, tap_of(), state)
    assert read == State(unsent_count=3, counters=current)
    assert as_read(COUNTED, tap_of(), read) == read
    assert as_read(Policy(7, (NEW,)), tap_of(), state).counters == ()


SURCHARGED: dict[str, Any] = {"x_surcharges": [{"id": "night", "fen": 100}]}
HALF = [{"id": "half", "stage": "concession", "op": {"kind": "percent", "percent": 50, "round": {"mode": "down"}}}]
BELOW: dict[str, tuple[Bundle, bool]] = {
    "the list price": (bundle_with(), False),
    "a surcharge on top": (bundle_with(**SURCHARGED), False),
    "a relief": (bundle_with(x_adjustments=HALF), True),
    "a relief, and a surcharge as large": (bundle_with(x_adjustments=HALF, **SURCHARGED), True),
}


@pytest.mark.parametrize(("bundle", "below"), BELOW.values(), ids=BELOW)
def test_a_ride_is_below_normal_where_somebody_else_pays_a_part(bundle: Bundle, below: bool) -> None:  # noqa: FBT001 - a table's column
    decision = authorize(tap_of(), Policy(7, (bundle,)), State())
    assert isinstance(decision, Approved)
    assert decision.pricing.below_normal is below


PASSBACK = {"window_s": 60, "below_normal": "duplicate", "otherwise": "companion"}
REPEATS: dict[str, tuple[bool, int, int | None]] = {
    "a reduced ride repeated is refused": (True, 59, None),
    "a full fare repeated is a companion's": (False, 59, 200),
    "past the window it is the holder's again": (True, 60, 150),
}


@pytest.mark.parametrize(("below", "gap_s", "payer_fen"), REPEATS.values(), ids=REPEATS)
def test_the_last_tap_says_what_a_repeated_one_means(below: bool, gap_s: int, payer_fen: int | None) -> None:  # noqa: FBT001 - a table's column
    state = State(last=LastTap(NOON_MS - gap_s * 1000, 150, 5, below))
    decision = authorize(tap_of(), Policy(7, (passing_back(),)), state)
    if payer_fen is None:
        assert isinstance(decision, Declined)
        assert decision.reason is Reason.PASSBACK
    else:
        assert isinstance(decision, Approved)
        assert decision.charge.payer_fen == payer_fen


def passing_back() -> Bundle:
    """Return a tariff with a relief and a passback rule."""
    relief = {"id": "off", "stage": "concession", "op": {"kind": "amount_off", "fen": 50}}
    return bundle_with(x_adjustments=[relief], x_tap_policy={"bus": {"mode": "in", "passback": PASSBACK}})


def test_counters_and_chain_are_the_states() -> None:
    counters = [counter("paid", "calendar_day")]
    cap = [{"id": "cap", "counter": "paid", "price": 450}]
    window = {"end": "inclusive", "same_vehicle": "deny"}
    rule = {
        "x_id": "again",
        "from_leg_group_id": "bus",
        "to_leg_group_id": "bus",
        "duration_limit": 3600,
        "duration_limit_type": 1,
        "x_window": window,
        "x_relief": {"kind": "amount_off", "fen": 20},
    }
    bundle = bundle_with(x_counters=counters, x_caps=cap, fare_transfer_rules=[rule])
    chain = Chain("bus", NOON_MS - 60_000, NOON_MS - 60_000, NOON_MS - 60_000, "B-01", "bus-01")
    tap = tap_of()
    counted = (CounterRow("paid", "2026-06-01", 400),)
    assert priced(tap, purse(), bundle, State()).charge.payer_fen == 200
    assert priced(tap, purse(), bundle, State(chain=chain)).charge.payer_fen == 180
    assert priced(tap, purse(), bundle, State(counters=counted)).charge.payer_fen == 50
    same_vehicle = replace(chain, vehicle=PLACE.vehicle)
    assert priced(tap, purse(), bundle, State(chain=same_vehicle)).charge.payer_fen == 200
