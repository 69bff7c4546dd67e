"""Sessions of staff: by PIN, few tries, in memory alone. Whoever is idle for long has to say the PIN again.

Tries are counted twice: here, also those of ids that nobody has, and in the journal, which no restart forgets.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import field
from enum import StrEnum
from typing import Final

from edge.domain.frozen import mutable
from edge.domain.staff import SIGN_IN_LOCK_MS, SIGN_IN_TRIES
from edge.till.staff_file import Role, StaffRow, fits

TOKEN_BYTES: Final = 32
IDLE_MS: Final = 15 * 60_000
TRIES: Final = SIGN_IN_TRIES
LOCK_MS: Final = SIGN_IN_LOCK_MS
TRIES_ALL: Final = 20
NOBODY: Final = ""
"""The id under which tries of all ids are counted."""


class Refusal(StrEnum):
    """Why somebody is not let in."""

    WRONG = "pin_wrong"
    LOCKED = "pin_locked"


@mutable
class Session:
    """One person at the staff page. ``key`` is in the cookie, ``csrf`` in the header of everything that acts."""

    staff: str
    role: Role
    key: str
    csrf: str
    until_ms: float
    idle_ms: int = IDLE_MS

    def says(self, csrf: str) -> bool:
        """Say whether a request comes from the page of this session."""
        return hmac.compare_digest(self.csrf.encode(), csrf.encode())


@mutable
class Tries:
    """Wrong PINs under one id since the window began."""

    count: int = 0
    until_ms: float = 0.0


@mutable
class Sessions:
    """Lets staff in and knows who they are."""

    random_bytes: Callable[[int], bytes]
    now_ms: Callable[[], float]
    _open: dict[str, Session] = field(default_factory=dict)
    _tries: dict[str, Tries] = field(default_factory=dict)

    def login(self, staff: str, pin: str, row: StaffRow | None, idle_ms: int = IDLE_MS) -> Session | Refusal:
        """Let somebody in by id, PIN and the row of that id; an unknown id, which has none, is a wrong PIN."""
        known = staff if row is not None else NOBODY
        if self._locked(known, TRIES) or self._locked(NOBODY, TRIES_ALL):
            return Refusal.LOCKED
        if not fits(row, pin) or row is None:
            for name in {known, NOBODY}:
                self._count(name)
            return Refusal.WRONG
        self._tries.pop(staff, None)
        key, csrf = self.random_bytes(TOKEN_BYTES).hex(), self.random_bytes(TOKEN_BYTES).hex()
        session = Session(staff, Role(row.role), key, csrf, self.now_ms() + idle_ms, idle_ms)
        self._open = {each.key: each for each in self._open.values() if each.until_ms > self.now_ms()}
        self._open[key] = session
        return session

    def of(self, key: str) -> Session | None:
        """Return the session of a cookie, and keep it alive; None where it is over."""
        session = self._open.get(key)
        if session is None or session.until_ms <= self.now_ms():
            self._open.pop(key, None)
            return None
        session.until_ms = self.now_ms() + session.idle_ms
        return session

    def logout(self, key: str) -> None:
        """End a session."""
        self._open.pop(key, None)

    def _locked(self, name: str, most: int) -> bool:
        tries = self._tries.get(name)
        return tries is not None and tries.count >= most and self.now_ms() < tries.until_ms

    def _count(self, name: str) -> None:
        tries = self._tries.setdefault(name, Tries())
        if self.now_ms() >= tries.until_ms:
            tries.count = 0
        tries.count, tries.until_ms = tries.count + 1, self.now_ms() + LOCK_MS
