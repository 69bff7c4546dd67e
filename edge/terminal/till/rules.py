"""What staff may do by role, and how fast: limits of the profile, which the centre may set between bounds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import field
from typing import Final

from edge.control.messages import Message
from edge.domain.frozen import frozen, mutable
from edge.domain.meals.refusal import StaffRefused, Why
from edge.domain.meals.sheet import Sold
from edge.domain.staff import Role
from edge.ports import Clock
from edge.terminal.control import Verb
from edge.terminal.till.asked import staff_of, words_of

MINUTE_MS: Final = 60_000


@frozen
class TillRules:
    """``void_min``: so many minutes a cashier may take a sale back, a lead always. ``acts_per_min``: of one person."""

    void_min: int = 10
    acts_per_min: int = 120


@mutable
class Limits:
    """Holds everybody to the rules in force, which ``rules`` gives anew each time."""

    clock: Clock
    rules: Callable[[], TillRules] = TillRules
    _acts: dict[str, deque[float]] = field(default_factory=dict)

    def paced(self, verb: Verb) -> Verb:
        """Return a verb that refuses whoever asks for more than a hand can; of what it refuses nothing is written."""

        async def held_back(message: Message) -> Message:
            self._count(staff_of(message))
            return await verb(message)

        return held_back

    def _count(self, staff: str) -> None:
        """Count an act of the last minute; raises ``CONTROL_REFUSED`` (too_fast)."""
        now_ms, most = self.clock.monotonic_ms(), self.rules().acts_per_min
        acts = self._acts.setdefault(staff, deque())
        while acts and acts[0] <= now_ms - MINUTE_MS:
            acts.popleft()
        if len(acts) >= most:
            raise StaffRefused(Why.TOO_FAST, f"{most} acts in a minute are enough")
        acts.append(now_ms)

    def check_void(self, message: Message, sold: Sold) -> None:
        """Hold that whoever asks may take a sale back now; raises ``CONTROL_REFUSED`` (void_late).

        Who is no lead has the time of a cashier; a sale in the future of a clock that fell back is no fresh one.
        """
        most_ms = self.rules().void_min * MINUTE_MS
        if words_of(message, "role") != Role.LEAD and not 0 <= self.clock.wall_ms() - sold.time_ms <= most_ms:
            raise StaffRefused(Why.VOID_LATE, f"more than {self.rules().void_min} min ago: a lead takes it back")
