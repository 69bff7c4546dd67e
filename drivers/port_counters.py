"""What a port remembers of its life, for health and field diagnosis."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import field
from enum import IntEnum
from typing import Final

from drivers.framing import FrameCounters
from edge.domain.frozen import mutable

ROUND_TRIPS_KEPT: Final = 1024


class Rung(IntEnum):
    """The recovery ladder of a reader's line, from the gentlest means to the last."""

    RESEND = 1
    NACK = 2
    ABORT = 3
    WAKE = 4
    REOPEN = 5
    OTHER_BAUD = 6
    POWER_CYCLE = 7
    FAULT = 8


@mutable
class PortCounters:
    """Counters of one port; times in milliseconds."""

    opens: int = 0
    resyncs: int = 0
    stale_bytes: int = 0
    slot_moves: int = 0
    rungs: dict[Rung, int] = field(default_factory=lambda: dict.fromkeys(Rung, 0))
    last_frame_s: float | None = None
    round_trips_ms: deque[float] = field(default_factory=lambda: deque(maxlen=ROUND_TRIPS_KEPT))

    def climb(self, rung: Rung) -> None:
        """Count a rung of the ladder."""
        self.rungs[rung] += 1

    def report(self, frames: FrameCounters, now_s: float) -> Mapping[str, float]:
        """Return everything under stable names; ``now_s`` is on the scale of ``last_frame_s``."""
        highest = max((rung.value for rung, count in self.rungs.items() if count), default=0)
        age_ms = -1.0 if self.last_frame_s is None else (now_s - self.last_frame_s) * 1000
        return {
            "reconnects": max(self.opens - 1, 0),
            "resyncs": self.resyncs,
            "checksum_errors": frames.checksum_errors,
            "strangers": frames.strangers,
            "dropped_bytes": frames.dropped_bytes + self.stale_bytes,
            "frames": frames.frames,
            "nacks": self.rungs[Rung.NACK],
            "ladder_rung": highest,
            **{f"ladder_{rung.name.lower()}": count for rung, count in self.rungs.items()},
            "slot_moves": self.slot_moves,
            "round_trip_p99_ms": round(self._p99_ms(), 1),
            "last_frame_age_ms": round(age_ms, 1),
        }

    def _p99_ms(self) -> float:
        if not self.round_trips_ms:
            return 0.0
        ordered = sorted(self.round_trips_ms)
        return ordered[min(len(ordered) * 99 // 100, len(ordered) - 1)]
