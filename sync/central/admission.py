"""Back-pressure: how many batches are worked on at once, and when whoever is turned away may come again."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import Final

RETRY_AFTER_S: Final = 5
SPREAD_S: Final = 10
SPREAD_S_MAX: Final = 300
PLACES: Final = 256
"""Batches of one process that are being read or worked on: bodies of at most 64 MiB in all."""
SMOOTHING: Final = 0.05


def retry_after_s(terminal: str, spread_s: int = SPREAD_S) -> int:
    """Return after how many seconds a terminal may ask again: its own slot, so that a fleet does not come at once."""
    return RETRY_AFTER_S + zlib.crc32(terminal.encode()) % spread_s


class Admission:
    """Gives places to batches, and none beyond its number. ``now_s`` is a clock that never goes back.

    Who is turned away is sent to a slot in a span that grows with their number: as long as the centre needs for all of
    them at the pace that it has.
    """

    def __init__(self, now_s: Callable[[], float], places: int = PLACES) -> None:
        self._now_s = now_s
        self.places = places
        self.taken = 0
        self._turned_away = 0
        self._stay_s = 0.0

    @property
    def is_full(self) -> bool:
        """Say whether every place is taken."""
        return self.taken >= self.places

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place; call it only where there is one."""
        begun_s = self._now_s()
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1
            self._stay_s += SMOOTHING * (self._now_s() - begun_s - self._stay_s)
            if self.taken < self.places // 2:
                self._turned_away = 0

    def turn_away(self, terminal: str) -> int:
        """Return after how many seconds a terminal that found no place may ask again."""
        self._turned_away += 1
        needed_s = ceil(self._turned_away * self._stay_s / self.places)
        return retry_after_s(terminal, min(SPREAD_S + needed_s, SPREAD_S_MAX))
