"""What is armed for the next tap: who it is for, and what uses it up."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from edge.domain.boarding import Boarding
from edge.domain.tap import Token
from edge.ports import Clock
from edge.terminal.boardings import Boardings
from edge.terminal.outcome import PRESENT_AGAIN, PRESENT_SAME_CARD, Outcome
from tests.tariff.paper_line import PaperClock

ONE, OTHER = Token(b"1" * 16), Token(b"2" * 16)
ARMED_MS = 10_000
FIRST, SECOND = Boarding(2, driver="1042", armed_ms=1), Boarding(2, driver="1042", armed_ms=2)


@dataclass
class Rig:
    clock: PaperClock
    boardings: Boardings


@pytest.fixture
def rig() -> Rig:
    clock = PaperClock()
    wide: Clock = clock
    return Rig(clock, Boardings(wide, ARMED_MS))


def accepted(token: Token, boarding: Boarding | None) -> Outcome:
    return Outcome(True, PRESENT_AGAIN, b"12345678", token, boarding=boarding)


def torn(token: Token, boarding: Boarding | None) -> Outcome:
    return Outcome(False, PRESENT_SAME_CARD, b"12345678", token, boarding=boarding)


def test_an_accepted_tap_uses_it_up_and_a_refused_one_does_not(rig: Rig) -> None:
    rig.boardings.arm(FIRST)
    rig.boardings.hear(Outcome(False, PRESENT_AGAIN, b"12345678", ONE, boarding=FIRST))
    assert rig.boardings.boarding_for(ONE) == FIRST
    rig.boardings.hear(accepted(ONE, FIRST))
    assert rig.boardings.current() is None


def test_an_answer_given_again_does_not_use_up_what_was_armed_since(rig: Rig) -> None:
    rig.boardings.arm(FIRST)
    rig.boardings.hear(accepted(ONE, FIRST))
    rig.boardings.arm(SECOND)
    rig.boardings.hear(accepted(ONE, FIRST))
    assert rig.boardings.boarding_for(OTHER) == SECOND


def test_a_torn_one_waits_as_long_again_for_its_own_card(rig: Rig) -> None:
    rig.boardings.arm(FIRST)
    rig.clock.now_ms += ARMED_MS - 1
    rig.boardings.hear(torn(ONE, FIRST))
    rig.clock.now_ms += ARMED_MS - 1
    assert (rig.boardings.boarding_for(ONE), rig.boardings.boarding_for(OTHER)) == (FIRST, None)
    rig.boardings.hear(accepted(OTHER, None))
    assert rig.boardings.current() == FIRST
    rig.boardings.hear(accepted(ONE, None))
    assert rig.boardings.current() is None


def test_it_is_over_when_its_time_is(rig: Rig) -> None:
    rig.boardings.arm(FIRST)
    rig.clock.now_ms += ARMED_MS - 1
    assert rig.boardings.left_ms() == 1
    rig.clock.now_ms += 1
    assert (rig.boardings.left_ms(), rig.boardings.current()) == (0, None)
