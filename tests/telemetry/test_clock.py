"""The system's clock is held against what is known to have passed."""

from __future__ import annotations

from dataclasses import dataclass

from edge.clock import AGREEMENT_MS, BUILD_MS, TRAVEL_MS, SystemClock, SystemIds
from edge.domain.policy import CLOCK_UNKNOWN
from edge.domain.tap import TimeQuality

DAY_MS = 86_400_000
TODAY_MS = BUILD_MS + DAY_MS


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


def test_nobody_knows_the_error_before_a_signed_time() -> None:
    assert Hands(TODAY_MS).clock().error_s() == CLOCK_UNKNOWN


def test_the_error_grows_with_the_drift_from_the_last_signed_time_on() -> None:
    hands = Hands(TODAY_MS)
    clock = hands.clock()
    clock.learn(TODAY_MS)
    first = clock.error_s()
    hands.system, hands.monotonic = hands.system + DAY_MS, hands.monotonic + DAY_MS
    assert (first, clock.error_s()) == (TRAVEL_MS // 1000, TRAVEL_MS // 1000 + 9)
    clock.learn(TODAY_MS + DAY_MS)
    assert clock.error_s() == first


def test_a_disagreement_is_part_of_the_error() -> None:
    hands = Hands(TODAY_MS + 20_000)
    clock = hands.clock()
    clock.learn(TODAY_MS)
    assert clock.error_s() == 20 + TRAVEL_MS // 1000


def test_agreement_is_worth_nothing_once_the_drift_may_be_as_large() -> None:
    hands = Hands(TODAY_MS)
    clock = hands.clock()
    clock.learn(TODAY_MS)
    days_ms = 7 * DAY_MS
    hands.system, hands.monotonic = hands.system + days_ms, hands.monotonic + days_ms
    assert clock.quality() is TimeQuality.HOLDOVER


def test_what_has_surely_passed_lags_by_the_drift_and_ignores_the_wall_clock() -> None:
    hands = Hands(TODAY_MS)
    clock = hands.clock(floor_ms=TODAY_MS)
    hands.system, hands.monotonic = hands.system + 400 * DAY_MS, hands.monotonic + DAY_MS
    assert clock.known_ms() == TODAY_MS + DAY_MS - DAY_MS // 10_000


def test_a_signed_time_far_behind_what_has_passed_confirms_nothing() -> None:
    hands = Hands(TODAY_MS)
    clock = hands.clock(floor_ms=TODAY_MS)
    clock.learn(TODAY_MS - DAY_MS)
    assert clock.quality() is TimeQuality.HOLDOVER
    assert clock.error_s() >= DAY_MS // 1000


def test_a_reading_tells_everything_at_once() -> None:
    hands = Hands(TODAY_MS + 1_000)
    clock = hands.clock()
    clock.learn(TODAY_MS)
    hands.system, hands.monotonic = hands.system + 5_000, hands.monotonic + 5_000
    reading = clock.reading()
    assert (reading.system_ms, reading.now_ms, reading.quality) == (TODAY_MS + 6_000, TODAY_MS + 6_000, "trusted")
    assert (reading.signed_ms, reading.signed_ago_s, reading.error_s) == (TODAY_MS, 5, 31)
