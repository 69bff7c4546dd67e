"""Wrong PINs at the till: every one makes the next wait longer, and a few of them shut the code out for a while.

Counted by the token of what was typed, whether anybody has that code or not, so that no answer says which codes exist.
Tries of this start are timed by the monotonic clock; what was tried before it is read back out of the journal.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import field
from math import ceil, inf
from typing import Final

from edge.domain.frozen import frozen, mutable

TRIES: Final = 5
LOCK_MS: Final = 15 * 60_000
"""After so many wrong PINs a code is shut out for a quarter of an hour."""
TRIES_ALL: Final = 25
"""Wrong PINs under any code within that time, after which no code is taken."""
DELAY_MS: Final = 1_000
"""What the second wrong PIN makes the third try wait; each further one doubles it."""


@frozen
class Tries:
    """Wrong PINs under one code: how many, and when the last one was (monotonic ms)."""

    count: int = 0
    last_ms: float = 0.0

    @property
    def until_ms(self) -> float:
        """Return when the next PIN may be looked at."""
        return self.last_ms + (LOCK_MS if self.count >= TRIES else _pause_ms(self.count))


@mutable
class PinTries:
    """Says how long a code has to wait. ``all_ms`` are the newest wrong PINs under whichever code, oldest first."""

    now_ms: Callable[[], float]
    all_ms: deque[float] = field(default_factory=lambda: deque(maxlen=TRIES_ALL))
    _tries: dict[bytes, Tries] = field(default_factory=dict)

    def wait_ms(self, code: bytes) -> int:
        """Return how long a code still has to wait before its PIN is looked at, 0 where it need not."""
        until_ms = self._tries.get(code, NONE).until_ms
        if len(self.all_ms) == TRIES_ALL:
            until_ms = max(until_ms, self.all_ms[0] + LOCK_MS)
        return ceil(max(until_ms - self.now_ms(), 0))

    def refused(self, code: bytes, ago_ms: int = 0) -> None:
        """Count a wrong PIN, typed ``ago_ms`` ago; one that comes a lock after the one before begins anew."""
        at_ms = self.now_ms() - ago_ms
        self._tries = {name: tries for name, tries in self._tries.items() if at_ms - tries.last_ms < LOCK_MS}
        self._tries[code] = Tries(self._tries.get(code, NONE).count + 1, at_ms)
        self.all_ms.append(at_ms)

    def accepted(self, code: bytes) -> None:
        """Forget the wrong PINs of a code whose PIN was right."""
        self._tries.pop(code, None)


NONE: Final = Tries(last_ms=-inf)


def _pause_ms(count: int) -> int:
    return DELAY_MS * 2 ** (count - 2) if count > 1 else 0
