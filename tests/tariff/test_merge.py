"""Claims of offline terminals on one person's quota: the same outcome everywhere, whatever arrives first."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.charge import Share
from edge.domain.tariff.quotas import Claim, merge_changes, merge_claims
from tests.tariff import drawn

ONE = {"used_today": 1}
CITY, DISTRICT = Share("city", 300, "city_day"), Share("district", 200, "district_day")
FIRST = Claim("till1", 1, 7, 10, b"p", "used_today", "2026-06-01", "lunch", (CITY, DISTRICT))
SECOND = replace(FIRST, terminal="till2", seq=3, time_ms=20)
OTHERS = {
    "a claim of a later time": SECOND,
    "one of the same time at a terminal behind it": replace(SECOND, time_ms=10),
    "one of the same time in a later epoch": replace(FIRST, epoch=2, seq=1),
    "one of the same time and a later number": replace(FIRST, seq=8),
    "an earlier one whose time is not trusted": replace(SECOND, time_ms=1, trusted_time=False),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_row_78_the_first_claim_stands_before(other: Claim) -> None:
    for order in permutations([FIRST, other]):
        merged = merge_claims(order, ONE)
        assert merged.granted == (FIRST,)
        (lost,) = merged.clawbacks
        assert (lost.claim, lost.shares, lost.stands) == (other, (CITY, DISTRICT), (FIRST.identity,))


def test_row_78_a_claim_under_a_lease_comes_before_every_other() -> None:
    leased = replace(SECOND, leased=True)
    assert merge_claims([FIRST, leased], ONE).granted == (leased,)


def test_row_78_outside_its_authority_the_site_carries_every_share() -> None:
    loose = replace(SECOND, authorised=False)
    (lost,) = merge_claims([FIRST, loose], ONE).clawbacks
    assert lost.shares == (replace(CITY, funder="site:till2"), replace(DISTRICT, funder="site:till2"))


SETS = {
    "three claims at three tills": [FIRST, SECOND, replace(SECOND, terminal="till3", time_ms=15)],
    "a lease, a doubtful clock and a rule broken": [
        replace(FIRST, leased=True),
        replace(SECOND, trusted_time=False, time_ms=0),
        replace(SECOND, terminal="till3", authorised=False),
        replace(FIRST, seq=9, time_ms=20),
    ],
    "two persons and two days": [
        FIRST,
        SECOND,
        replace(FIRST, seq=8, subject=b"q"),
        replace(SECOND, seq=4, bucket="2026-06-02"),
        replace(SECOND, seq=5, subject=b"q"),
    ],
}


@pytest.mark.parametrize("claims", SETS.values(), ids=SETS)
@pytest.mark.parametrize("limit", [1, 2])
def test_row_78_every_order_of_arrival_gives_the_same(claims: list[Claim], limit: int) -> None:
    outcomes = {merge_claims([*order, order[0]], {"used_today": limit}) for order in permutations(claims)}
    assert len(outcomes) == 1


@given(drawn.claims(), st.randoms(use_true_random=False), st.integers(1, 3))
def test_row_78_what_is_heard_bit_by_bit_ends_where_all_at_once_does(
    claims: list[Claim], chance: random.Random, limit: int
) -> None:
    """Each change told on the way adds up to the last outcome: the files of closed days say all there is to say."""
    shuffled = list(claims)
    chance.shuffle(shuffled)
    limits = {"used_today": limit}
    told: dict[tuple[object, str], tuple[Share, ...]] = {}
    before = merge_claims((), limits)
    for count in range(1, len(shuffled) + 1):
        after = merge_claims(shuffled[:count], limits)
        told |= {one.claim.grant: one.after for one in merge_changes(before, after)}
        fresh = (one for one in after.clawbacks if one.claim not in shuffled[: count - 1])
        told |= {one.claim.grant: one.shares for one in fresh}
        before = after
    fallen = {key: shares for key, shares in told.items() if shares}
    whole = merge_claims(claims, limits)
    assert before == whole
    assert fallen == {one.claim.grant: one.shares for one in whole.clawbacks}


@given(drawn.claims())
def test_row_78_no_fen_is_lost_and_none_falls_on_the_holder(claims: list[Claim]) -> None:
    merged = merge_claims(claims, ONE)
    for lost in merged.clawbacks:
        assert sum(share.fen for share in lost.shares) == sum(share.fen for share in lost.claim.shares)
        expected = {share.funder for share in lost.claim.shares}
        assert {share.funder for share in lost.shares} == (
            expected if lost.claim.authorised else {f"site:{lost.claim.terminal}"}
        )


def test_a_reversal_lets_the_next_claim_move_up_and_the_change_names_it() -> None:
    before = merge_claims([FIRST, SECOND], ONE)
    after = merge_claims([FIRST, SECOND], ONE, [FIRST.identity])
    assert after.granted == (SECOND,)
    (change,) = merge_changes(before, after)
    assert (change.claim, change.before, change.after) == (SECOND, (CITY, DISTRICT), ())


def test_a_claim_that_arrives_late_is_a_change_that_names_both() -> None:
    before, after = merge_claims([SECOND], ONE), merge_claims([SECOND, FIRST], ONE)
    (change,) = merge_changes(before, after)
    assert (change.claim, change.after, change.stands) == (SECOND, (CITY, DISTRICT), (FIRST.identity,))
    assert merge_changes(after, after) == ()


def test_a_grant_that_uses_two_quotas_falls_once_and_uses_neither() -> None:
    both = [SECOND, replace(SECOND, counter="used_month", bucket="2026-06")]
    later = replace(FIRST, seq=9, time_ms=30, counter="used_month", bucket="2026-06")
    limits = {"used_today": 1, "used_month": 1}
    for order in permutations([FIRST, *both, later]):
        merged = merge_claims(order, limits)
        assert merged.granted == (FIRST, later)
        assert [lost.claim for lost in merged.clawbacks] == [SECOND]
