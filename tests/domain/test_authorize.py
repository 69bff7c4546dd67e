"""Each check of ``authorize`` declines for its own reason, in its own order, and says so in the explanation."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest

from edge.domain.authorize import authorize, authorize_again, civil_date
from edge.domain.decision import Approved, Charge, Declined, Reason
from edge.domain.fare import priced
from edge.domain.medium import PurseSnapshot, UnknownSnapshot
from edge.domain.policy import LastTap, Limits, Policy, State
from edge.domain.tariff.bundle import build_bundle
from edge.domain.tariff.flat import flat_tree
from tests.domain.risk_cases import DECLINED as BY_RISK
from tests.domain.samples import NOON_MS, POLICY, policy, purse, tap_of
from tests.domain.test_authorize_by_hand import DECLINED as BY_HAND
from tests.domain.test_authorize_media import DECLINED as OF_OTHER_MEDIA


def by_distance() -> dict[str, Any]:
    """Return a tariff that asks for a distance."""
    table = {"by": "distance_m", "steps": [[5000, 200]], "beyond": {"every": 20000, "add": 100}, "upper": "inclusive"}
    return {**flat_tree("km", 0), "fare_products": [{"fare_product_id": "flat", "x_table": table}]}


FOREIGN: dict[str, Any] = {"city": "1000"}
"""A purse of another city."""

BY_DISTANCE = replace(POLICY, versions=(build_bundle(by_distance()),))
"""A tariff by distance, on a terminal that knows no distances."""

DECLINED: dict[str, tuple[Reason, PurseSnapshot, Policy, State]] = {
    "another application type": (Reason.WRONG_APPLICATION, purse(application_type=1), POLICY, State()),
    "a purse that is not enabled": (Reason.NOT_ENABLED, purse(enabled=0), POLICY, State()),
    "a file that differs from its copy": (Reason.COUNTERFEIT, purse(fci_agrees=False), POLICY, State()),
    "a start of zeros": (Reason.DATE_NOT_SET, purse(valid_from="00000000"), POLICY, State()),
    "an end of effs": (Reason.DATE_NOT_SET, purse(valid_until="FFFFFFFF"), POLICY, State()),
    "a card that starts tomorrow": (Reason.NOT_YET_VALID, purse(valid_from="20260602"), POLICY, State()),
    "a card that ended yesterday": (Reason.EXPIRED, purse(valid_until="20260531"), POLICY, State()),
    "a foreign purse without the flag": (Reason.FOREIGN_REFUSED, purse(**FOREIGN, interop=False), POLICY, State()),
    "a foreign purse with no such file": (Reason.FOREIGN_REFUSED, purse(**FOREIGN, interop=None), POLICY, State()),
    "a foreign purse with no price": (Reason.FOREIGN_REFUSED, purse(**FOREIGN), policy(foreign_fen=None), State()),
    "a token on the deny list": (Reason.DENY_LISTED, purse(), POLICY, State(listed=True)),
    "a log older than what was seen": (
        Reason.COUNTER_REGRESSED,
        purse(),
        POLICY,
        State(last=LastTap(NOON_MS - 86_400_000, 100, 6)),
    ),
    "a second tap where that is refused": (
        Reason.PASSBACK,
        purse(),
        policy(passback="duplicate", passback_window_s=60),
        State(last=LastTap(NOON_MS - 59_000, 100, 5)),
    ),
    "too much unsent money": (Reason.OFFLINE_LIMIT, purse(), POLICY, State(unsent_fen=100_000_000)),
    "too many unsent entries": (Reason.OFFLINE_LIMIT, purse(), POLICY, State(unsent_count=1_000_000)),
    "a terminal that is stopped": (Reason.STORE_FULL, purse(), POLICY, State(stop="store_full")),
    "a purse whose MAC2 was refused": (Reason.COUNTERFEIT, purse(), POLICY, State(suspect=True)),
    "fifty unsent entries in doubt of continuity": (
        Reason.OFFLINE_LIMIT,
        purse(),
        POLICY,
        State(unsent_count=50, cautious=True),
    ),
    "a counter below what was seen, whatever the log says": (
        Reason.COUNTER_REGRESSED,
        purse(counter=5, log=()),
        POLICY,
        State(last=LastTap(NOON_MS - 86_400_000, 100, 6)),
    ),
    "an absurd price": (Reason.AMOUNT_INVALID, purse(), policy(fare_fen=100_001), State()),
    "a price that the tariff cannot tell": (Reason.TARIFF_REFUSED, purse(), BY_DISTANCE, State()),
    "a balance one fen short": (Reason.BALANCE_TOO_LOW, purse(balance_fen=99), POLICY, State()),
    "a negative balance": (Reason.BALANCE_TOO_LOW, purse(balance_fen=-1), POLICY, State()),
}


@pytest.mark.parametrize(("reason", "medium", "rules", "state"), DECLINED.values(), ids=DECLINED.keys())
def test_declines(reason: Reason, medium: PurseSnapshot, rules: Policy, state: State) -> None:
    decision = authorize(tap_of(medium), rules, state)
    assert isinstance(decision, Declined)
    assert decision.reason is reason
    assert not decision.explanation[-1].applied
    assert all(line.applied for line in decision.explanation[:-1])


def test_the_table_holds_every_reason_that_authorize_gives() -> None:
    given_elsewhere = {
        Reason.UNKNOWN_MEDIUM,
        Reason.POLICY_MISSING,
        Reason.STORE_FULL,
        Reason.LISTS_STALE,
        Reason.SAM_UNAVAILABLE,
        Reason.CARD_FAULT,
        Reason.CONTINUITY_LOST,
        Reason.MEAL_GUARD,  # in test_guards.py
    }
    given = {reason for table in (DECLINED, OF_OTHER_MEDIA, BY_HAND, BY_RISK) for reason, *_ in table.values()}
    assert given >= set(Reason) - given_elsewhere


APPROVED: dict[str, tuple[int, PurseSnapshot, Policy, State]] = {
    "a home purse at the fare": (100, purse(), POLICY, State()),
    "the exact balance": (100, purse(balance_fen=100), POLICY, State()),
    "a free ride with an empty purse": (0, purse(balance_fen=0), policy(fare_fen=0), State()),
    "a foreign purse at the foreign price": (200, purse(**FOREIGN), POLICY, State()),
    "a home purse without the interop file": (100, purse(interop=None), POLICY, State()),
    "the first day": (100, purse(valid_from="20260601"), POLICY, State()),
    "the last day": (100, purse(valid_until="20260601"), POLICY, State()),
    "a card without a log": (100, purse(log=()), POLICY, State(last=LastTap(NOON_MS - 1, 100, 6))),
    "a companion": (100, purse(), policy(passback_window_s=60), State(last=LastTap(NOON_MS - 1, 100, 5))),
    "a second tap after the window": (
        100,
        purse(),
        policy(passback="duplicate", passback_window_s=60),
        State(last=LastTap(NOON_MS - 60_000, 100, 5)),
    ),
    "forty-nine unsent entries in doubt of continuity": (
        100,
        purse(),
        POLICY,
        State(unsent_count=49, cautious=True),
    ),
    "a counter that went on": (100, purse(counter=6), POLICY, State(last=LastTap(NOON_MS - 1, 100, 6))),
    "one entry below the limit": (
        100,
        purse(),
        replace(POLICY, limits=Limits(unsent_count_max=3)),
        State(unsent_count=2),
    ),
}


@pytest.mark.parametrize(("fare", "medium", "rules", "state"), APPROVED.values(), ids=APPROVED.keys())
def test_approves(fare: int, medium: PurseSnapshot, rules: Policy, state: State) -> None:
    decision = authorize(tap_of(medium), rules, state)
    assert isinstance(decision, Approved)
    assert decision.charge == Charge(fare, 0, fare)
    assert all(line.applied for line in decision.explanation)


def test_a_medium_that_nobody_can_read_is_declined() -> None:
    decision = authorize(replace(tap_of(), medium=UnknownSnapshot(("epurse",))), POLICY, State())
    assert isinstance(decision, Declined)
    assert decision.reason is Reason.UNKNOWN_MEDIUM


ORDER: list[dict[str, Any]] = [
    {"application_type": 1},
    {"enabled": 0},
    {"fci_agrees": False},
    {"valid_from": "00000000"},
    {"valid_until": "20200101"},
    {"city": "1000", "interop": False},
    {"balance_fen": 0},
]


@pytest.mark.parametrize(("earlier", "later"), list(itertools.combinations(range(len(ORDER)), 2)))
def test_the_earlier_check_gives_the_reason(earlier: int, later: int) -> None:
    alone = authorize(tap_of(purse(**ORDER[earlier])), POLICY, State())
    both = authorize(tap_of(purse(**{**ORDER[later], **ORDER[earlier]})), POLICY, State())
    assert isinstance(alone, Declined)
    assert isinstance(both, Declined)
    assert both.reason is alone.reason


def test_the_same_arguments_give_the_same_answer() -> None:
    assert authorize(tap_of(), POLICY, State()) == authorize(tap_of(), POLICY, State())


@pytest.mark.parametrize(
    ("utc", "date"), [("15:59:59", "20260601"), ("16:00:00", "20260602")], ids=["before", "at midnight in the city"]
)
def test_the_day_changes_at_the_citys_midnight(utc: str, date: str) -> None:
    hours, minutes, seconds = map(int, utc.split(":"))
    day_start_ms = NOON_MS - 4 * 3_600_000  # 00:00 UTC
    time_ms = day_start_ms + ((hours * 60 + minutes) * 60 + seconds) * 1000
    assert civil_date(time_ms, 480) == date


SEEN_BEFORE = State(last=LastTap(NOON_MS - 86_400_000, 100, 5))
LEARNED: dict[str, tuple[PurseSnapshot, State, int]] = {
    "a counter that goes on": (purse(counter=5), SEEN_BEFORE, 0),
    "a counter below what was seen": (purse(counter=4), SEEN_BEFORE, 0),
    "another balance": (purse(counter=5, balance_fen=4_500), SEEN_BEFORE, 1),
    "a balance below the fare": (purse(counter=5, balance_fen=99), SEEN_BEFORE, 1),
    "a terminal that was stopped meanwhile": (purse(counter=5), replace(SEEN_BEFORE, stop="store_full"), 0),
    "a doubt of continuity": (purse(counter=5), replace(SEEN_BEFORE, cautious=True), 1),
}
"""What INITIALIZE says, the state by then, and how often the tap is priced again for it."""


@pytest.mark.parametrize(("medium", "state", "priced_again"), LEARNED.values(), ids=list(LEARNED))
def test_it_decides_again_what_is_new_and_no_more(
    medium: PurseSnapshot, state: State, priced_again: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved = authorize(tap_of(), POLICY, SEEN_BEFORE)
    anew = authorize(tap_of(medium), POLICY, state)
    pricing = Mock(wraps=priced)
    monkeypatch.setattr("edge.domain.authorize.priced", pricing)
    assert isinstance(approved, Approved)
    assert authorize_again(approved, (tap_of(), SEEN_BEFORE), tap_of(medium), POLICY, state) == anew
    assert pricing.call_count == priced_again
