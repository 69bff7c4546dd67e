"""Leases: one terminal at most is certain, whatever is lost, late, repeated or cut; and every planted fault is seen."""

from __future__ import annotations

import random
from collections import Counter
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.holder import Holder, Lease
from edge.domain.lease import (
    LeaseRow,
    Standing,
    claimed,
    given_back,
    heard,
    in_force,
    lease_out,
    read_return,
    return_pairs,
    without_returned,
)
from edge.domain.tap import TimeQuality
from tests.domain.lease_world import PLANTED, Rules, World

STEPS: Final = 40


@given(st.randoms(use_true_random=False))
def test_one_terminal_at_most_is_certain_under_every_order(chance: random.Random) -> None:
    world = World(Rules(), chance)
    world.walk(STEPS)
    assert world.certain <= 1


def test_many_walks_end_with_one_certain_grant_and_none_with_two() -> None:
    """A world in which nobody ever is certain would prove nothing."""
    found = Counter(certain_after(Rules(), seed) for seed in range(2_000))
    assert found[1] > 200
    assert set(found) == {0, 1}


def certain_after(rules: Rules, seed: int) -> int:
    """Return how many grants are certain at the end of one walk."""
    world = World(rules, random.Random(seed))
    world.walk(STEPS)
    return world.certain


@pytest.mark.parametrize("rules", PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_seen(rules: Rules) -> None:
    assert any(certain_after(rules, seed) > 1 for seed in range(10_000))


OUT = LeaseRow(2, "till-1", 100)
TRUSTED, DOUBTED = TimeQuality.TRUSTED, TimeQuality.HOLDOVER
MOVES: Final = {
    "its own return ends it": (given_back(OUT, "till-1", 2), Standing.RETURNED),
    "an older return does not": (given_back(OUT, "till-1", 1), Standing.OUT),
    "a stranger's return does not": (given_back(OUT, "till-2", 2), Standing.OUT),
    "a return after its use does not": (given_back(claimed(OUT), "till-1", 2), Standing.USED),
    "a trusted time beyond its end passes it": (heard(OUT, "till-1", 101, TRUSTED), Standing.PASSED),
    "its very end does not": (heard(OUT, "till-1", 100, TRUSTED), Standing.OUT),
    "an untrusted time does not": (heard(OUT, "till-1", 101, DOUBTED), Standing.OUT),
    "a stranger's time does not": (heard(OUT, "till-2", 101, TRUSTED), Standing.OUT),
    "a use after it was passed is known": (claimed(heard(OUT, "till-1", 101, TRUSTED)), Standing.USED),
}


@pytest.mark.parametrize(("row", "standing"), MOVES.values(), ids=MOVES)
def test_of_a_lease(row: LeaseRow, standing: Standing) -> None:
    assert row.standing is standing
    given = lease_out(row, "till-2", 200)
    free = standing in (Standing.RETURNED, Standing.PASSED)
    assert given == (LeaseRow(3, "till-2", 200) if free else None)


LEASE = Lease(2, "meal", "d", "till-1", 100)


def test_a_return_holds_against_every_older_list() -> None:
    holder = Holder(b"h", leases=(LEASE, Lease(3, "meal", "d", "till-2", 100), Lease(1, "meal", "e", "till-1", 100)))
    kept = without_returned(holder, [("meal", "d", 2), ("meal", "d", 1)])
    assert [(one.serial, one.bucket) for one in kept.leases] == [(3, "d"), (1, "e")]


def test_a_lease_holds_up_to_its_end_and_by_trusted_time_alone() -> None:
    assert in_force([LEASE], "meal", "d", 100, TRUSTED) == (LEASE,)
    assert in_force([LEASE], "meal", "d", 101, TRUSTED) == ()
    assert in_force([LEASE], "meal", "d", 100, DOUBTED) == ()
    assert in_force([LEASE], "other", "d", 100, TRUSTED) == ()


def test_the_note_of_a_return_reads_back() -> None:
    assert read_return(return_pairs(b"\1\2", LEASE)) == (b"\1\2", "meal", "d", 2)
