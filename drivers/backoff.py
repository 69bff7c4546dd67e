"""How long to wait before a line is opened again: doubled each time, cut by up to half at random."""

from __future__ import annotations

from typing import Final

from edge.ports import IdSource

_DOUBLINGS_MAX: Final = 30


class Backoff:
    """Counts failures in a row. Milliseconds in, seconds out."""

    def __init__(self, ids: IdSource, wait_ms_min: float, wait_ms_max: float) -> None:
        self._ids = ids
        self._wait_ms_min = wait_ms_min
        self._wait_ms_max = wait_ms_max
        self.failures = 0

    def next_s(self) -> float:
        """Count one more failure and return the wait that follows it."""
        full_ms = min(self._wait_ms_min * 2.0 ** min(self.failures, _DOUBLINGS_MAX), self._wait_ms_max)
        self.failures += 1
        jitter = int.from_bytes(self._ids.random_bytes(2), "big") / 0x1_0000
        return max(full_ms * (1 - jitter / 2), self._wait_ms_min) / 1000

    def reset(self) -> None:
        """Start anew: it worked."""
        self.failures = 0
