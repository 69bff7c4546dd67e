"""Simulated clocks and ids keep the ports' promises and go wrong only on demand."""

from __future__ import annotations

from edge.domain.tap import TimeQuality
from edge.ports import Clock, IdSource
from edge.simulation.clock import SimulatedClock
from edge.simulation.ids import SeededIds
from edge.simulation.streams import Streams

START_MS = 1_790_000_000_000


class Now:
    """A virtual time set by hand."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


def test_a_right_clock_tells_the_true_time() -> None:
    now = Now()
    clock: Clock = SimulatedClock(now, START_MS)
    now.s = 12.5
    assert clock.wall_ms() == START_MS + 12_500
    assert clock.monotonic_ms() == 12_500
    assert clock.quality() is TimeQuality.TRUSTED


def test_a_clock_wrong_at_boot_is_set_right_later() -> None:
    clock = SimulatedClock(Now(), START_MS, offset_ms=-START_MS, quality=TimeQuality.UNTRUSTED)
    assert clock.wall_ms() == 0
    assert clock.quality() is TimeQuality.UNTRUSTED
    clock.set_right()
    assert clock.wall_ms() == clock.true_ms() == START_MS
    assert clock.quality() is TimeQuality.TRUSTED


def test_drift_grows_with_time_and_changes_without_a_jump() -> None:
    now = Now()
    clock = SimulatedClock(now, START_MS, drift_ppm=100)
    now.s = 10_000
    assert clock.error_ms() == 1_000
    clock.drift(-50)
    assert clock.error_ms() == 1_000
    now.s = 30_000
    assert clock.error_ms() == 0
    assert clock.wall_ms() == clock.true_ms()


def test_jumps_move_the_wall_and_never_the_monotonic_time() -> None:
    now = Now()
    clock = SimulatedClock(now, START_MS)
    now.s = 5
    clock.jump(3_600_000)
    clock.claim(TimeQuality.HOLDOVER)
    assert clock.wall_ms() == START_MS + 5_000 + 3_600_000
    clock.jump(-7_200_000)
    assert clock.wall_ms() == START_MS + 5_000 - 3_600_000
    assert clock.monotonic_ms() == 5_000
    assert clock.quality() is TimeQuality.HOLDOVER


def test_ids_come_from_their_stream_alone() -> None:
    def ids() -> IdSource:
        return SeededIds(Streams(3).stream("ids/t1"))

    first, second = ids(), ids()
    drawn = [first.tap_id() for _ in range(100)]
    assert drawn == [second.tap_id() for _ in range(100)]
    assert len(set(drawn)) == 100
    assert {len(tap_id) for tap_id in drawn} == {8}
    assert len(first.random_bytes(32)) == 32
