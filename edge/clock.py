"""The operating system's time and randomness, behind the ports that everybody else asks."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final

from edge.domain.clock_reading import CLOCK_UNKNOWN, ClockReading
from edge.domain.tap import TAP_ID_BYTES, TapId, TimeQuality

BUILD_MS: Final = 1_793_491_200_000
"""Midnight UTC of 2026-11-01: no honest clock of a device with this release shows an earlier time."""

AGREEMENT_MS: Final = 60_000
"""How far the system's clock may be from a signed server time and still be called right."""

DRIFT_PPM: Final = 100
"""What a cheap crystal gains or loses at most over a year of heat and cold, in parts per million."""
TRAVEL_MS: Final = 30_000
"""How long a signed server time may have been on its way: a request is given up after so long."""


def _system_ms() -> int:
    return time.time_ns() // 1_000_000


def _monotonic_ms() -> float:
    return time.monotonic_ns() / 1_000_000


class SystemClock:
    """The system's clocks (:class:`edge.ports.Clock`), held against what is known to have passed.

    The known time starts at the newer of ``floor_ms`` (a time that has surely passed) and the build of this release,
    and runs on monotonically; it rises only by :meth:`learn`, never from an unconfirmed wall clock. Where the wall
    clock lies behind it, the known time is shown and the quality is untrusted. Once a signed time was learnt, a wall
    clock that is ahead of the known time is not believed either: it has jumped. How far the time shown may be off grows
    with ``drift_ppm`` from the last signed time on, which had travelled for ``travel_ms`` at most.
    """

    def __init__(
        self,
        floor_ms: int = 0,
        *,
        drift_ppm: int = DRIFT_PPM,
        travel_ms: int = TRAVEL_MS,
        system_ms: Callable[[], int] = _system_ms,
        monotonic_ms: Callable[[], float] = _monotonic_ms,
    ) -> None:
        self.system_ms = system_ms
        self._monotonic_ms = monotonic_ms
        self._drift_ppm, self._travel_ms = drift_ppm, travel_ms
        self._known_ms = max(floor_ms, BUILD_MS)
        self._known_since = monotonic_ms()
        self._signed_ms = 0
        self._signed_since = 0.0
        self._ahead_of_signed_ms = 0

    def wall_ms(self) -> int:
        """Return milliseconds UTC since 1970: the system's, or the known time where that is the better one."""
        passed_ms, system_ms = self._passed_ms(), self.system_ms()
        jumped_ahead = bool(self._signed_ms) and system_ms > passed_ms + AGREEMENT_MS
        return passed_ms if jumped_ahead else max(system_ms, passed_ms)

    def quality(self) -> TimeQuality:
        """Say how far :meth:`wall_ms` can be trusted; trusted only while it agrees with a signed server time.

        Agreement is worth nothing once the drift since then may be larger than what is agreed upon.
        """
        ahead_ms = self.system_ms() - self._passed_ms()
        if ahead_ms < -AGREEMENT_MS:
            return TimeQuality.UNTRUSTED
        bounded = bool(self._signed_ms) and self._ahead_of_signed_ms + self._drift_ms() <= AGREEMENT_MS
        return TimeQuality.TRUSTED if bounded and ahead_ms <= AGREEMENT_MS else TimeQuality.HOLDOVER

    def error_s(self) -> int:
        """Return how far :meth:`wall_ms` may be off, in either direction; ``CLOCK_UNKNOWN`` before a signed time."""
        if not self._signed_ms:
            return CLOCK_UNKNOWN
        apart_ms = abs(self.wall_ms() - self._passed_ms()) + self._ahead_of_signed_ms
        return -(-(apart_ms + self._travel_ms + self._drift_ms()) // 1000)

    def known_ms(self) -> int:
        """Return milliseconds UTC that have surely passed: signed time and what elapsed since, less the drift."""
        elapsed_ms = self._monotonic_ms() - self._known_since
        return self._known_ms + int(elapsed_ms * (1 - self._drift_ppm / 1_000_000))

    def monotonic_ms(self) -> float:
        """Return milliseconds since an arbitrary start; never jumps."""
        return self._monotonic_ms()

    def learn(self, server_ms: int) -> None:
        """Take a signed server time: the known time never falls, and the wall clock is held against it from now on."""
        if server_ms > self._passed_ms():
            self._known_ms = server_ms
            self._known_since = self._monotonic_ms()
        self._signed_ms, self._signed_since = server_ms, self._monotonic_ms()
        self._ahead_of_signed_ms = self._passed_ms() - server_ms

    def reading(self) -> ClockReading:
        """Return everything at once."""
        ago_ms = self._monotonic_ms() - self._signed_since
        return ClockReading(
            system_ms=self.system_ms(),
            now_ms=self.wall_ms(),
            quality=self.quality().name.lower(),
            error_s=self.error_s(),
            high_water_ms=self.known_ms(),
            signed_ms=self._signed_ms,
            signed_ago_s=int(ago_ms // 1000) if self._signed_ms else -1,
            drift_ppm=self._drift_ppm,
        )

    def _passed_ms(self) -> int:
        return self._known_ms + int(self._monotonic_ms() - self._known_since)

    def _drift_ms(self) -> int:
        """Return what the clocks may have gained or lost since the last signed time."""
        return int((self._monotonic_ms() - self._signed_since) * self._drift_ppm / 1_000_000)


class SystemIds:
    """Random bytes of the operating system (:class:`edge.ports.IdSource`)."""

    def tap_id(self) -> TapId:
        """Return eight fresh bytes."""
        return TapId(os.urandom(TAP_ID_BYTES))

    def random_bytes(self, count: int) -> bytes:
        """Return ``count`` random bytes fit for keys and nonces."""
        return os.urandom(count)
