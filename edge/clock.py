"""The operating system's time and randomness, behind the ports that everybody else asks."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final

from edge.domain.tap import TAP_ID_BYTES, TapId, TimeQuality

BUILD_MS: Final = 1_793_491_200_000
"""Midnight UTC of 2026-11-01: no honest clock of a device with this release shows an earlier time."""

AGREEMENT_MS: Final = 60_000
"""How far the system's clock may be from a signed server time and still be called right."""


def _system_ms() -> int:
    return time.time_ns() // 1_000_000


def _monotonic_ms() -> float:
    return time.monotonic_ns() / 1_000_000


class SystemClock:
    """The system's clocks (:class:`edge.ports.Clock`), held against what is known to have passed.

    The known time starts at the newer of ``floor_ms`` (the newest entry whose time was trusted) and the build of this
    release, and runs on monotonically; it rises only by :meth:`learn`, never from an unconfirmed wall clock. Where the
    wall clock lies behind it, the known time is shown and the quality is untrusted. Once a signed time was learnt, a
    wall clock that is ahead of the known time is not believed either: it has jumped.
    """

    def __init__(
        self,
        floor_ms: int = 0,
        *,
        system_ms: Callable[[], int] = _system_ms,
        monotonic_ms: Callable[[], float] = _monotonic_ms,
    ) -> None:
        self.system_ms = system_ms
        self._monotonic_ms = monotonic_ms
        self._known_ms = max(floor_ms, BUILD_MS)
        self._known_since = monotonic_ms()
        self._signed = False

    def wall_ms(self) -> int:
        """Return milliseconds UTC since 1970: the system's, or the known time where that is the better one."""
        passed_ms, system_ms = self._passed_ms(), self.system_ms()
        jumped_ahead = self._signed and system_ms > passed_ms + AGREEMENT_MS
        return passed_ms if jumped_ahead else max(system_ms, passed_ms)

    def quality(self) -> TimeQuality:
        """Say how far :meth:`wall_ms` can be trusted; trusted only while it agrees with a signed server time."""
        ahead_ms = self.system_ms() - self._passed_ms()
        if ahead_ms < -AGREEMENT_MS:
            return TimeQuality.UNTRUSTED
        return TimeQuality.TRUSTED if self._signed and ahead_ms <= AGREEMENT_MS else TimeQuality.HOLDOVER

    def monotonic_ms(self) -> float:
        """Return milliseconds since an arbitrary start; never jumps."""
        return self._monotonic_ms()

    def learn(self, server_ms: int) -> None:
        """Take a signed server time: the known time never falls, and the wall clock is held against it from now on."""
        if server_ms > self._passed_ms():
            self._known_ms = server_ms
            self._known_since = self._monotonic_ms()
        self._signed = True

    def _passed_ms(self) -> int:
        return self._known_ms + int(self._monotonic_ms() - self._known_since)


class SystemIds:
    """Random bytes of the operating system (:class:`edge.ports.IdSource`)."""

    def tap_id(self) -> TapId:
        """Return eight fresh bytes."""
        return TapId(os.urandom(TAP_ID_BYTES))

    def random_bytes(self, count: int) -> bytes:
        """Return ``count`` random bytes fit for keys and nonces."""
        return os.urandom(count)
