"""Ceilings, tiers and debts: what each declines, what it lets through at its very edge, and how it is explained."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.authorize import authorize
from edge.domain.decision import Approved, Charge, Declined, Line, Reason
from edge.domain.exposure import Exposure
from edge.domain.limits import NORMAL, Ceilings, DebtRule, Limits, Media
from edge.domain.medium import PurseSnapshot, UnknownSnapshot
from edge.domain.policy import CLOCK_UNKNOWN, Policy, State
from edge.domain.risk import in_force, lets_through
from edge.domain.tariff.bundle import build_bundle
from tests.domain.risk_cases import APPROVED, CAUTIOUS, DAY_S, DEBT, DECLINED, HOUR_S, LADDER, aged, capped, under
from tests.domain.samples import POLICY, purse, tap_of
from tests.scenarios.line_tariffs import dated


@pytest.mark.parametrize(("reason", "medium", "rules", "state"), DECLINED.values(), ids=DECLINED.keys())
def test_declines(reason: Reason, medium: PurseSnapshot, rules: Policy, state: State) -> None:
    decision = authorize(tap_of(medium), rules, state)
    assert isinstance(decision, Declined)
    assert decision.reason is reason
    assert not decision.explanation[-1].applied
    assert all(line.applied for line in decision.explanation[:-1])


@pytest.mark.parametrize(("medium", "rules", "state"), APPROVED.values(), ids=APPROVED.keys())
def test_approves(medium: PurseSnapshot, rules: Policy, state: State) -> None:
    decision = authorize(tap_of(medium), rules, state)
    assert isinstance(decision, Approved)
    assert decision.charge == Charge(100, 0, 100)


def test_without_a_risk_policy_nothing_is_explained_that_was_not_before() -> None:
    plain = authorize(tap_of(), POLICY, State())
    summed = replace(State(), exposure=Exposure(card_count=5, first_use=True), lists=aged(9 * DAY_S).lists)
    assert authorize(tap_of(), POLICY, summed) == plain


def test_row_29_tiers_tighten_with_the_age_of_the_list_and_say_why() -> None:
    told = {}
    for days in (0, 1, 3, 7):
        decision = authorize(tap_of(), under(tiers=LADDER), aged(days * DAY_S))
        told[days] = next(line.reason for line in decision.explanation if line.rule == "risk.tier")
    assert told == {
        0: "normal",
        1: "cautious: deny_list deny_list is 86400 s old, from 86400 s on",
        3: "local_only: deny_list deny_list is 259200 s old, from 259200 s on",
        7: "refuse: deny_list deny_list is 604800 s old, from 604800 s on",
    }


@pytest.mark.parametrize(
    ("error_s", "tier"),
    [(0, NORMAL), (HOUR_S - 1, NORMAL), (HOUR_S, "cautious"), (DAY_S, "local_only"), (CLOCK_UNKNOWN, "cautious")],
)
def test_doubt_of_the_clock_brings_tiers_about(error_s: int, tier: str) -> None:
    assert in_force(Limits(tiers=LADDER), (), error_s).tier == tier


def test_a_tier_is_in_force_while_a_severer_one_is() -> None:
    holds = in_force(
        Limits(ceilings=Ceilings(tap_fen_max=120, unsent_count_max=9), tiers=LADDER), aged(3 * DAY_S).lists, 0
    )
    assert (holds.tier, holds.media) == ("local_only", Media.LOCAL)
    assert holds.lowest == Ceilings(tap_fen_max=120, unsent_count_max=9, card_day_count_max=4)


@given(
    ages=st.tuples(st.integers(-1, 10 * DAY_S), st.integers(-1, 10 * DAY_S)),
    errors=st.tuples(st.integers(0, 10 * DAY_S), st.integers(0, 10 * DAY_S)),
)
def test_more_age_and_more_doubt_never_loosen_anything(ages: tuple[int, int], errors: tuple[int, int]) -> None:
    limits = Limits(tiers=LADDER)
    mild = in_force(limits, aged(min(ages)).lists, min(errors))
    severe = in_force(limits, aged(max(ages)).lists, max(errors))
    names = [NORMAL, *(tier.name for tier in LADDER)]
    assert names.index(severe.tier) >= names.index(mild.tier)
    assert severe.lowest == severe.lowest.tightened(mild.lowest)


def test_a_medium_that_nobody_can_read_is_no_local_one() -> None:
    assert not lets_through(Media.LOCAL, UnknownSnapshot(), "4520")
    assert not lets_through(Media.NONE, purse(), "4520")


def test_row_81_a_card_never_goes_past_its_offline_ceiling_whatever_its_balance_says() -> None:
    rich = purse(balance_fen=90_000)
    decision = authorize(tap_of(rich), capped(card_unsent_fen_max=1_000), State(exposure=Exposure(card_fen=901)))
    assert isinstance(decision, Declined)
    assert decision.explanation[-1] == Line("risk.card_unsent_fen", applied=False, reason="100 of 99 fen")


def debts(rule: DebtRule, **more: Ceilings) -> Policy:
    return under(debt=rule, **more)


def test_a_debt_is_told_and_not_charged_by_default() -> None:
    decision = authorize(tap_of(), POLICY, State(debt=DEBT))
    assert isinstance(decision, Approved)
    assert (decision.charge, decision.prompt) == (Charge(100, 0, 100), "debt_told")
    assert decision.explanation[-1] == Line("debt.recovered", applied=False, reason=DEBT.reference, fen=300)


def test_a_debt_is_recovered_with_the_fare_as_a_surcharge_of_its_own_name() -> None:
    decision = authorize(tap_of(), debts(DebtRule.RECOVER), State(debt=DEBT))
    assert isinstance(decision, Approved)
    assert (decision.charge, decision.prompt) == (Charge(100, 300, 400), "debt_recovered")
    assert (decision.pricing.debt_fen, decision.pricing.debt) == (300, DEBT.reference)
    assert decision.explanation[-1] == Line("debt.recovered", applied=True, reason=DEBT.reference, fen=300)


@pytest.mark.parametrize(
    ("medium", "rules", "why"),
    [
        (purse(balance_fen=399), debts(DebtRule.RECOVER), "the medium cannot pay both"),
        (purse(), debts(DebtRule.RECOVER, ceilings=Ceilings(tap_fen_max=399)), "above what may be risked"),
    ],
    ids=["a purse that is one fen short of both", "a ceiling that is one fen short of both"],
)
def test_a_debt_that_has_no_room_is_told_and_the_fare_alone_is_charged(
    medium: PurseSnapshot, rules: Policy, why: str
) -> None:
    decision = authorize(tap_of(medium), rules, State(debt=DEBT))
    assert isinstance(decision, Approved)
    assert (decision.charge, decision.prompt, decision.pricing.debt_fen) == (Charge(100, 0, 100), "debt_told", 0)
    assert decision.explanation[-1].reason == why


def test_the_mildest_tier_of_the_samples_changes_something() -> None:
    assert CAUTIOUS.ceilings != Ceilings()


def on_the_eve(clock_error_s: int) -> Approved:
    """Return the decision of a tap one minute before a dearer version is in force."""
    instant = "2026-06-01T12:01:00+08:00"
    old, new = dated("old", 100, until=instant), dated("new", 150, **{"from": instant})
    versions = tuple(build_bundle(tree) for tree in (old, new))
    decision = authorize(tap_of(), replace(POLICY, versions=versions), State(clock_error_s=clock_error_s))
    assert isinstance(decision, Approved)
    return decision


@pytest.mark.parametrize(
    ("error_s", "uncertain", "exposure_fen"),
    [(0, (), 0), (59, (), 0), (60, ("clock",), 50), (CLOCK_UNKNOWN, ("clock",), 50)],
    ids=["a right clock", "not far enough off", "just across the change", "nobody knows"],
)
def test_row_35_the_eve_of_another_tariff_is_told_where_the_clock_may_be_wrong_by_it(
    error_s: int, uncertain: tuple[str, ...], exposure_fen: int
) -> None:
    decision = on_the_eve(error_s)
    assert decision.charge == Charge(100, 0, 100)
    assert (decision.pricing.uncertain, decision.pricing.exposure_fen) == (uncertain, exposure_fen)
