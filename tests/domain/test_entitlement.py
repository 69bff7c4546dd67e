"""What a holder's claims tell the tariff, and who may have used a person's quota."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.domain.authorize import authorize
from edge.domain.charge import Line
from edge.domain.decision import Approved
from edge.domain.entitlement import claims_on, facts_of, lines_of, site_facts, stated
from edge.domain.fare import priced
from edge.domain.holder import Claim, Holder, Lease, ListAge
from edge.domain.policy import Limits, Policy, State
from edge.domain.tap import Place, Tap, TimeQuality
from edge.domain.tariff.bundle import Bundle, build_bundle
from edge.domain.tariff.flat import flat_tree
from edge.domain.tariff.state import CounterRow, OpenGrants, PricedDecision
from tests.domain.samples import NOON_MS, purse, tap_of

HOLDER_TOKEN = b"\x22" * 16
TODAY = "2026-06-01"
ELDER = Claim("elder60", "20200101", evidence="SHD-1")
WORKER = Claim("worker", "20260101", "20260531", "SHD-2")


def bundle(mode: str = "grant_and_flag", **sections: Any) -> Bundle:  # noqa: ANN401 - any section of a bundle
    """Return two yuan; free once a day for elders at the city's expense, half price for workers."""
    quota = {"id": "free_today", "subject": "person", "measure": "count", "period": "calendar_day", "limit": 1}
    return build_bundle(
        {
            **flat_tree("city", 200),
            "x_funders": ["city", "operator"],
            "rider_categories": [
                {"rider_category_id": "adult", "is_default_fare_category": 1},
                {"rider_category_id": "elder60", "x_priority": 30, "x_when": {"age": {"gte": 60}}},
                {"rider_category_id": "worker", "x_priority": 20, "x_when": {"entitlement": "worker"}},
            ],
            "x_counters": [{**quota, "offline": {"mode": mode}}],
            "x_adjustments": [
                {
                    "id": "elder_free",
                    "stage": "concession",
                    "when": {"category": "elder60"},
                    "op": {"kind": "set", "fen": 0},
                    "funder": "city",
                    "uses": ["free_today"],
                },
                {
                    "id": "worker_half",
                    "stage": "concession",
                    "when": {"category": "worker"},
                    "op": {"kind": "percent", "percent": 50, "round": {"mode": "down"}},
                },
            ],
            **sections,
        }
    )


def asked(
    holder: Holder | None, state: State | None = None, *, tariff: Bundle | None = None, tap: Tap | None = None
) -> PricedDecision:
    """Price a ride of a holder."""
    return priced(tap or tap_of(), purse(), tariff or bundle(), replace(state or State(), holder=holder))


PAYS = {
    "an unknown holder is an adult": (None, 200),
    "a holder without a claim is an adult": (Holder(HOLDER_TOKEN), 200),
    "a claim is a category whatever the fare's own condition says": (Holder(HOLDER_TOKEN, (ELDER,)), 0),
    "a claim is an entitlement as well": (Holder(HOLDER_TOKEN, (replace(WORKER, until_day=""),)), 100),
    "a claim holds on its last day": (Holder(HOLDER_TOKEN, (replace(WORKER, until_day="20260601"),)), 100),
    "a claim that ended yesterday is none": (Holder(HOLDER_TOKEN, (WORKER,)), 200),
    "a claim that begins tomorrow is none": (Holder(HOLDER_TOKEN, (Claim("elder60", "20260602"),)), 200),
    "of two claims the tariff's order chooses": (
        Holder(HOLDER_TOKEN, (replace(WORKER, until_day=""), ELDER)),
        0,
    ),
    "a claim may state the age that was reached": (Holder(HOLDER_TOKEN, (Claim("age=60", "20200101"),)), 0),
    "a younger age is not enough": (Holder(HOLDER_TOKEN, (Claim("age=59", "20200101"),)), 200),
    "a status suspends every claim": (Holder(HOLDER_TOKEN, (ELDER,), "deceased", 7), 200),
    "a category that no tariff knows is none": (Holder(HOLDER_TOKEN, (Claim("astronaut", "20200101"),)), 200),
}


@pytest.mark.parametrize(("holder", "payer_fen"), PAYS.values(), ids=PAYS)
def test_what_the_list_says_prices_the_ride(holder: Holder | None, payer_fen: int) -> None:
    assert asked(holder).charge.payer_fen == payer_fen


def test_the_explanation_names_evidence_and_list_version() -> None:
    holder = Holder(HOLDER_TOKEN, (ELDER, WORKER), version=12)
    assert list(asked(holder).lines[:2]) == [
        Line("holder.claim", applied=True, reason="elder60, evidence SHD-1, entitlement list 12"),
        Line(
            "holder.claim",
            applied=False,
            reason="worker, evidence SHD-2, entitlement list 12: not valid on this day",
        ),
    ]
    suspended = asked(replace(holder, status="institution")).lines[0]
    assert suspended.reason == "institution: claims are suspended, entitlement list 12"
    assert lines_of(Holder(HOLDER_TOKEN, version=3), ())[0].reason == "no claim, entitlement list 3"


def test_an_unknown_holder_adds_no_line() -> None:
    assert not [line for line in asked(None).lines if line.rule.startswith("holder.")]


STATED = {
    "a flag by its name": ("hardship", ("hardship", True)),
    "a word with its value": ("resident_of=shibei", ("resident_of", "shibei")),
    "a number with its value": ("disability_level=2", ("disability_level", 2)),
    "anything else is a rider category": ("elder60", ("proven_category", "elder60")),
}


@pytest.mark.parametrize(("category", "fact"), STATED.values(), ids=STATED)
def test_a_claim_states(category: str, fact: tuple[str, object]) -> None:
    assert stated(category) == fact


@pytest.mark.parametrize("category", ["", "balance_fen=1", "age=x", "age=131", "hardship=1", "group=", "x" * 65])
def test_a_claim_states_nothing_else(category: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        stated(category)


def test_of_two_ages_the_higher_holds_and_of_any_other_fact_the_first() -> None:
    claims = [Claim(word, "20200101") for word in ("age=80", "group=a", "age=70", "group=b", "elder60", "worker")]
    assert facts_of(Holder(HOLDER_TOKEN), claims) == {
        "age": 80,
        "group": "a",
        "proven_category": ["elder60", "worker"],
        "entitlement": ["elder60", "worker"],
    }
    assert facts_of(Holder(HOLDER_TOKEN, status="institution"), ()) == {"in_institution": True}
    assert claims_on(Holder(HOLDER_TOKEN, (ELDER,), "moved away"), "20260601") == ()


ELDERLY = Holder(HOLDER_TOKEN, (ELDER,), version=12)
MINE = Lease(4, "free_today", TODAY, "bus-07", NOON_MS + 1)
USED = State(counters=(CounterRow("free_today", TODAY, 1),))
ELSEWHERE = {
    "without a lease another terminal may have granted it": (ELDERLY, None, 0, ("free_today",), 200),
    "used up here it is certain": (ELDERLY, USED, 200, (), 0),
    "the lessee is certain": (replace(ELDERLY, leases=(MINE,)), None, 0, (), 0),
    "the lessee's quota is used once": (replace(ELDERLY, leases=(MINE,)), USED, 200, (), 0),
    "a lease of another terminal leaves the interval": (
        replace(ELDERLY, leases=(replace(MINE, terminal="bus-08"),)),
        None,
        0,
        ("free_today",),
        200,
    ),
    "a lease of another day is none": (
        replace(ELDERLY, leases=(replace(MINE, bucket="2026-06-02"),)),
        None,
        0,
        ("free_today",),
        200,
    ),
    "a lease that ended is none": (
        replace(ELDERLY, leases=(replace(MINE, until_ms=NOON_MS - 1),)),
        None,
        0,
        ("free_today",),
        200,
    ),
    "of two leases the newer counts": (
        replace(ELDERLY, leases=(MINE, replace(MINE, serial=5, terminal="bus-08"))),
        None,
        0,
        ("free_today",),
        200,
    ),
    "past the open grants the ride costs the list price": (
        ELDERLY,
        State(open_grants=(OpenGrants("free_today", 1, 1),)),
        200,
        ("free_today",),
        0,
    ),
}


@pytest.mark.parametrize(
    ("holder", "state", "payer_fen", "uncertain", "exposure_fen"), ELSEWHERE.values(), ids=ELSEWHERE
)
def test_row_78_a_decision_states_its_interval(
    holder: Holder, state: State | None, payer_fen: int, uncertain: tuple[str, ...], exposure_fen: int
) -> None:
    answer = asked(holder, state)
    assert (answer.charge.payer_fen, answer.uncertain) == (payer_fen, uncertain)
    assert answer.exposure_fen == exposure_fen


def test_a_lease_gives_nothing_where_the_time_is_not_trusted() -> None:
    tap = replace(tap_of(), quality=TimeQuality.HOLDOVER)
    assert asked(replace(ELDERLY, leases=(MINE,)), tap=tap).uncertain == ("free_today",)


def test_a_lease_is_explained() -> None:
    leased = asked(replace(ELDERLY, leases=(MINE, replace(MINE, terminal="bus-08", serial=3)))).lines
    assert [line.reason for line in leased if line.rule == "holder.lease"] == [
        "free_today 2026-06-01 is leased to this terminal, lease 4",
        "free_today 2026-06-01 is leased to terminal bus-08, lease 3",
    ]


def test_a_persons_grant_is_counted_under_the_holders_token() -> None:
    (effect,) = asked(ELDERLY).effects
    assert (effect.counter, effect.bucket, effect.subject) == ("free_today", TODAY, HOLDER_TOKEN)


LIST = ListAge("entitlements", "entitlements", 12, 604_800)
STALE = {
    "believed while nobody limits its age": (None, LIST, True),
    "believed below the limit": (604_801, LIST, True),
    "not believed from the limit on": (604_800, LIST, False),
    "believed where nobody knows its age": (60, replace(LIST, age_s=-1), True),
    "believed where another list is old": (60, replace(LIST, kind="deny_list"), True),
}


@pytest.mark.parametrize(("age_s_max", "listed", "counts"), STALE.values(), ids=STALE)
def test_row_33_a_stale_list_is(age_s_max: int | None, listed: ListAge, *, counts: bool) -> None:
    """The fallback is the normal fare; the entry keeps the version of the list and its age."""
    policy = Policy(1, (bundle("local_first_tier"),), Limits(claims_age_s_max=age_s_max))
    state = State(holder=ELDERLY, lists=(listed,))
    decision = authorize(tap_of(), policy, state)
    assert isinstance(decision, Approved)
    assert decision.charge.payer_fen == (0 if counts else 200)
    reasons = [line.reason for line in decision.explanation if line.rule.startswith("holder.")]
    told = "elder60, evidence SHD-1" if counts else "list_too_old: claims are suspended"
    assert reasons == [f"{told}, entitlement list 12"]


def test_row_33_the_age_of_the_list_is_asked_for_where_a_policy_limits_it() -> None:
    assert Limits().watched_kinds() == frozenset()
    assert Limits(claims_age_s_max=60).watched_kinds() == {"entitlements"}


def test_no_bystander_hears_which_category_it_was() -> None:
    """What is shown and said is the same for everybody; the lines are for technicians."""
    told = bundle("local_first_tier", x_prompts={"elder60": {"voice": "a card of an elder"}})
    decisions = [authorize(tap_of(), Policy(1, (told,)), State(holder=holder)) for holder in (ELDERLY, None)]
    assert [decision.prompt for decision in decisions if isinstance(decision, Approved)] == ["accepted"] * 2


SITE = Place("till", "4520", "canteen", district="shinan", town="zhanshan")
AT_HOME = ("resident_of=shinan", "resident_town=zhanshan")
SITES: dict[str, tuple[Place, tuple[str, ...], dict[str, object]]] = {
    "a neighbour is at home": (SITE, AT_HOME, {"home_district": True, "site": "home"}),
    "another town of the district is that": (
        SITE,
        ("resident_of=shinan", "resident_town=jinhu"),
        {"home_district": True, "site": "other_town"},
    ),
    "a town of the same name in another district is not home": (
        SITE,
        ("resident_of=shibei", "resident_town=zhanshan"),
        {"home_district": False, "site": "other_district"},
    ),
    "a holder whose town nobody states is in another": (
        SITE,
        ("resident_of=shinan",),
        {"home_district": True, "site": "other_town"},
    ),
    "a till that was told no town is in another": (
        replace(SITE, town=""),
        AT_HOME,
        {"home_district": True, "site": "other_town"},
    ),
    "without the holder's district nothing is said": (SITE, ("resident_town=zhanshan",), {}),
    "without the till's district nothing is said": (replace(SITE, district=""), AT_HOME, {}),
}


@pytest.mark.parametrize(("place", "categories", "told"), SITES.values(), ids=SITES)
def test_where_a_site_lies_is_seen_from_the_holders_home(
    place: Place, categories: tuple[str, ...], told: dict[str, object]
) -> None:
    holder = Holder(HOLDER_TOKEN, tuple(Claim(category, "20200101") for category in categories))
    assert site_facts(place, facts_of(holder, holder.claims)) == told


def test_a_home_that_a_claim_states_no_more_is_no_home() -> None:
    moved = Holder(HOLDER_TOKEN, (Claim("resident_of=shinan", "20200101", "20260531"),))
    assert site_facts(SITE, facts_of(moved, claims_on(moved, "20260601"))) == {}
