"""Wrong PINs at the till: every one makes the next wait longer, and a few of them shut the code out for a while.

Counted by the token of what was typed, whether anybody has that code or not, so that no answer says which codes exist.
Tries of this start are timed by the monotonic clock; what was tried before it is read back out of the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import Final

TRIES: Final = 5
LOCK_MS: Final = 15 * 60_000
"""After so many wrong PINs a code is shut out for a quarter of an hour."""
TRIES_ALL: Final = 25
"""Wrong PINs under any code within that time, after which no code is taken."""
DELAY_MS: Final = 1_000
"""What the second wrong PIN makes the third try wait; each further one doubles it."""
ANY: Final = b""
"""The code under which tries of all codes are counted."""


@dataclass(slots=True)
class Tries:
    """Wrong PINs under one code: how many, and when the last one was (monotonic ms)."""

    count: int = 0
    last_ms: float = 0.0


@dataclass(slots=True)
class PinTries:
    """Says how long a code has to wait."""

    now_ms: Callable[[], float]
    _tries: dict[bytes, Tries] = field(default_factory=dict)

    def wait_ms(self, code: bytes) -> int:
        """Return how long a code still has to wait before its PIN is looked at, 0 where it need not."""
        return max(self._wait_ms(code, TRIES), self._wait_ms(ANY, TRIES_ALL))

    def _wait_ms(self, code: bytes, most: int) -> int:
        tries = self._tries.get(code)
        if tries is None:
            return 0
        pause_ms = LOCK_MS if tries.count >= most else 0 if code == ANY else _pause_ms(tries.count)
        return max(ceil(tries.last_ms + pause_ms - self.now_ms()), 0)

    def refused(self, code: bytes, ago_ms: int = 0) -> None:
        """Count a wrong PIN, typed ``ago_ms`` ago."""
        at_ms = self.now_ms() - ago_ms
        self._tries = {name: tries for name, tries in self._tries.items() if at_ms - tries.last_ms < LOCK_MS}
        for name in (code, ANY):
            tries = self._tries.setdefault(name, Tries())
            tries.count, tries.last_ms = tries.count + 1, at_ms

    def accepted(self, code: bytes) -> None:
        """Forget the wrong PINs of a code whose PIN was right."""
        self._tries.pop(code, None)


def _pause_ms(count: int) -> int:
    return DELAY_MS * 2 ** (count - 2) if count > 1 else 0
