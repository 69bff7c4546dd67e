"""The system's clock is held against what is known to have passed."""

from __future__ import annotations

from dataclasses import dataclass

from edge.clock import AGREEMENT_MS, BUILD_MS, SystemClock, SystemIds
from edge.domain.tap import TimeQuality

TODAY_MS = BUILD_MS + 86_400_000


@dataclass
class Hands:
    """What the operating system says; a test moves it."""

    system: int
    monotonic: float = 1_000.0

    def clock(self, floor_ms: int = 0) -> SystemClock:
        return SystemClock(floor_ms, system_ms=lambda: self.system, monotonic_ms=lambda: self.monotonic)


def test_a_clock_that_nobody_confirmed_is_holdover() -> None:
    clock = Hands(TODAY_MS).clock()
    assert (clock.wall_ms(), clock.quality()) == (TODAY_MS, TimeQuality.HOLDOVER)


def test_a_clock_from_before_this_release_is_untrusted_and_the_build_time_runs_on_instead() -> None:
    hands = Hands(0)
    clock = hands.clock()
    hands.monotonic += 5_000
    assert (clock.wall_ms(), clock.quality()) == (BUILD_MS + 5_000, TimeQuality.UNTRUSTED)


def test_a_clock_behind_the_newest_entry_is_untrusted() -> None:
    clock = Hands(TODAY_MS).clock(floor_ms=TODAY_MS + AGREEMENT_MS + 1)
    assert clock.quality() is TimeQuality.UNTRUSTED
    assert clock.wall_ms() == TODAY_MS + AGREEMENT_MS + 1


def test_a_signed_server_time_that_agrees_makes_it_trusted() -> None:
    hands = Hands(TODAY_MS)
    clock = hands.clock()
    clock.learn(TODAY_MS + AGREEMENT_MS)
    assert clock.quality() is TimeQuality.TRUSTED


def test_a_clock_ahead_of_the_server_is_not_confirmed() -> None:
    clock = Hands(TODAY_MS).clock()
    clock.learn(TODAY_MS - AGREEMENT_MS - 1)
    assert clock.quality() is TimeQuality.HOLDOVER


def test_a_wall_clock_that_jumps_back_in_service_never_turns_time_back() -> None:
    hands = Hands(TODAY_MS)
    clock = hands.clock()
    clock.learn(TODAY_MS)
    hands.system -= 3_600_000
    hands.monotonic += 1_000
    assert (clock.wall_ms(), clock.quality()) == (TODAY_MS + 1_000, TimeQuality.UNTRUSTED)


def test_a_wall_clock_that_jumps_ahead_in_service_is_not_believed() -> None:
    hands = Hands(TODAY_MS)
    clock = hands.clock()
    clock.learn(TODAY_MS)
    hands.system += 400 * 86_400_000
    hands.monotonic += 1_000
    assert (clock.wall_ms(), clock.quality()) == (TODAY_MS + 1_000, TimeQuality.HOLDOVER)
    hands.system = TODAY_MS + 1_000
    assert clock.quality() is TimeQuality.TRUSTED


def test_an_older_server_time_never_lowers_what_is_known() -> None:
    hands = Hands(0)
    clock = hands.clock(floor_ms=TODAY_MS)
    clock.learn(TODAY_MS - 1)
    assert clock.wall_ms() == TODAY_MS


def test_the_real_clocks_run_forward() -> None:
    clock = SystemClock()
    assert clock.monotonic_ms() <= clock.monotonic_ms()
    assert clock.wall_ms() <= clock.wall_ms()


def test_ids_are_fresh_bytes_of_the_asked_length() -> None:
    ids = SystemIds()
    assert len(ids.tap_id()) == 8
    assert len(ids.random_bytes(32)) == 32
    assert ids.tap_id() != ids.tap_id()
