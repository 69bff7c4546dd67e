"""Facts are checked at the border; every shipped bundle answers any facts with a price or a coded error."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain.errors import PolicyError
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.calendar import NAMED_DAYS, age_on
from edge.domain.tariff.engine import price
from edge.domain.tariff.facts import FACTS, read_facts
from edge.domain.tariff.media import APP, BANK_CARD, TRANSIT_CARD, medium_of
from edge.domain.tariff.scenes import set_scene
from edge.domain.tariff.state import CounterState, EventKind, PricedDecision, TapEvent
from edge.tariff_authoring.shelf import Shelf
from sync.wire import decode, encode
from tests.tariff import drawn
from tests.tariff.city import city, ride

WORDS = st.sampled_from(
    ["A", "B", "bus", "metro", "student", "elderly", "lunch", "dinner", "home", "qindaotong", "土桥"]
)
BY_TYPE = {
    "count": st.integers(0, 9) | st.integers(0, 100_000),
    "flag": st.booleans(),
    "word": WORDS,
    "words": st.lists(WORDS, max_size=2),
    "date": st.dates().map(lambda day: day.isoformat()).filter(lambda text: text > "1000"),
    "day": st.sampled_from(sorted(NAMED_DAYS)),
    "time": st.sampled_from(["06:59:59", "12:00", "2026-01-31T23:50:00+08:00"]),
    "number": st.sampled_from([0, 1, "1.1", "2.05"]),
}


@st.composite
def any_facts(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(sorted(FACTS)), max_size=12, unique=True))
    told = {name: draw(BY_TYPE[FACTS[name].type]) for name in names}
    try:
        read_facts(told)
    except PolicyError:
        return {}
    return told


@cache
def shipped() -> tuple[Bundle, ...]:
    shelf = Shelf()
    return tuple(shelf.versions(name)[0] for name in shelf.ids())


@settings(max_examples=150, deadline=None)
@given(any_facts(), drawn.states(), st.sampled_from(list(EventKind)), st.integers(0, 2**40))
def test_every_clean_bundle_answers_with_a_price_or_a_coded_error(
    told: dict[str, Any], state: CounterState, kind: EventKind, time_ms: int
) -> None:
    for bundle in shipped():
        for event in (TapEvent(kind), TapEvent(kind, time_ms=time_ms, entered_ms=time_ms - 60_000)):
            try:
                decision = price(bundle, bundle.facts(told), state, event)
            except PolicyError as error:
                assert error.code == "FACTS_INVALID"  # noqa: PT017 - both answers are right
            else:
                assert decode(PricedDecision, encode(decision)) == decision


@given(any_facts(), drawn.states(possible_max=100), drawn.events())
def test_what_a_decision_reads_survives_the_wire(told: dict[str, Any], state: CounterState, event: TapEvent) -> None:
    facts = read_facts(told)
    assert read_facts(facts.plain()) == facts
    assert decode(CounterState, encode(state)) == state
    assert decode(TapEvent, encode(event)) == event


BAD: dict[str, dict[str, Any]] = {
    "a fact that nobody knows": {"shoe_size": 40},
    "an age below zero": {"age": -1},
    "an age that is no number": {"age": "60"},
    "a flag that is a number": {"companion": 1},
    "a word that is too long": {"route": "x" * 65},
    "an empty word": {"medium": ""},
    "a day that is none": {"day": "someday"},
    "a date that is none": {"date": "2025-02-29"},
    "an instant without an offset": {"tap_in": "2025-01-01T10:00:00"},
    "a clock past midnight": {"time": "24:00"},
    "an amount that is a float": {"list_fen": 2.5},
    "an amount beyond a purse": {"list_fen": 2**32},
}


@pytest.mark.parametrize("told", BAD.values(), ids=BAD.keys())
def test_a_fact_out_of_range_is_a_coded_error(told: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match="FACTS_INVALID"):
        read_facts(told)


AGES = {
    "the day before the birthday": ("1960-06-15", "2025-06-14", "birthday", "mar_1", 64),
    "the birthday": ("1960-06-15", "2025-06-15", "birthday", "mar_1", 65),
    "the first of the birthday's month": ("1960-06-15", "2025-06-01", "first_of_month", "mar_1", 65),
    "the last of the birthday's month": ("1960-06-15", "2025-06-30", "next_month", "mar_1", 64),
    "the first of the month after": ("1960-06-15", "2025-07-01", "next_month", "mar_1", 65),
    "a December birthday counts from January": ("1960-12-15", "2026-01-01", "next_month", "mar_1", 65),
    "a December birthday in December": ("1960-12-15", "2025-12-31", "next_month", "mar_1", 64),
    "29 February in a year without, by the end of February": ("1960-02-29", "2025-02-28", "birthday", "feb_28", 65),
    "29 February in a year without, by March": ("1960-02-29", "2025-02-28", "birthday", "mar_1", 64),
    "29 February in a year with it": ("1960-02-29", "2024-02-29", "birthday", "mar_1", 64),
}


@pytest.mark.parametrize(("birth", "day", "asof", "leap", "age"), AGES.values(), ids=AGES.keys())
def test_an_age_is_counted_on_the_civil_date(birth: str, day: str, asof: Any, leap: Any, age: int) -> None:  # noqa: ANN401 - words of a table
    told = read_facts({"birth": birth, "date": day}).values
    born, today = told["birth"], told["date"]
    assert age_on(born, today, asof, leap) == age  # type: ignore[arg-type]  # both are dates


def test_a_fact_may_have_another_name_in_a_bundle() -> None:
    facts = [{"id": "rider", "same_as": "entitlement"}, {"id": "zone_from", "same_as": "from"}]
    bundle = city(x_facts=facts)
    assert ride({"rider": "student", "list_fen": 200}, bundle=bundle).charge.payer_fen == 100
    assert bundle.facts({"zone_from": 3}).word("from") == "3"


def test_a_fact_of_the_bundles_own_has_the_range_that_it_says() -> None:
    bundle = city(x_facts=[{"id": "zones", "type": "count", "low": 1, "high": 9}])
    assert bundle.facts({"zones": 9}).number("zones") == 9
    with pytest.raises(PolicyError, match="zones"):
        bundle.facts({"zones": 10})


@pytest.mark.parametrize(
    ("media_type", "scheme", "local", "account", "medium"),
    [
        (TRANSIT_CARD, "tunion", True, "", "ssc_transport"),
        (TRANSIT_CARD, "tunion", False, "", "tunion_foreign"),
        (TRANSIT_CARD, "qindaotong", True, "", "qindaotong"),
        (TRANSIT_CARD, "unknown", True, "", ""),
        (BANK_CARD, "", True, "financial", "ssc_financial_flash"),
        (APP, "onecard", True, "", "metro_app_wallet"),
        (APP, "jtt1179", True, "", "essc_qr"),
        (APP, "jtt1179", False, "", "third_party_qr"),
    ],
    ids=[
        "a card of this city",
        "a card of another city",
        "a card of its own scheme",
        "a strange card",
        "a bank card",
        "a code of the operator's own app",
        "a transit code of this city",
        "a transit code of another city",
    ],
)
def test_a_medium_is_found_by_what_its_card_says(
    media_type: int,
    scheme: str,
    local: bool,  # noqa: FBT001 - a table
    account: str,
    medium: str,
) -> None:
    bundle = next(one for one in shipped() if one.id == "qd-bus")
    assert medium_of(bundle, media_type, scheme=scheme, local=local, account=account) == medium


def test_the_day_of_a_scene_is_that_of_tap_in_and_the_charge_that_of_tap_out() -> None:
    event = TapEvent(entered_ms=1_769_874_600_000, time_ms=1_769_876_400_000)
    scene = set_scene(city(), read_facts({}), event, 1)
    assert scene.day is not None
    assert scene.leaving[0] is not None
    assert (str(scene.day.date), str(scene.leaving[0].date)) == ("2026-01-31", "2026-02-01")
