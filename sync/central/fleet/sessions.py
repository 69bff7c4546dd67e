"""Sessions of the fleet pages: a token in a cookie, of which the store has the hash alone.

Whoever is idle for long, or was let in long ago, signs in again; a changed or removed user is signed out at once. What
a page asks by itself, to stay fresh, does not count as being there.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final, cast

from edge.domain.frozen import frozen
from sync.central.fleet.users import Role
from sync.central.store import fleet_statements as sql
from sync.central.store.port import Query, Work, insert_rows

TOKEN_BYTES: Final = 32
IDLE_MS: Final = 30 * 60_000
WHOLE_MS: Final = 12 * 60 * 60_000
SEEN_EVERY_MS: Final = 60_000
"""A session's last moment is written at most so often: a page asks many things at once."""


@frozen
class Session:
    """One person at the pages."""

    name: str
    role: Role
    token_hash: bytes
    csrf: str
    seen_ms: int

    def says(self, csrf: str) -> bool:
        """Say whether a request comes from a page of this session."""
        return hmac.compare_digest(self.csrf.encode(), csrf.encode())


def begin_work(token: bytes, name: str, change_no: int, now_ms: int) -> Work[None]:
    """Begin a session of somebody whose newest row is ``change_no``."""
    yield insert_rows(sql.ADD_SESSION, [(_hash_of(token), name, change_no, now_ms, now_ms, 0)])


def session_work(token: bytes, now_ms: int) -> Work[Session | None]:
    """Return the session of a token, None where it is over or never was."""
    rows = yield Query(sql.SESSION, (_hash_of(token),))
    if not rows:
        return None
    name, role, begun_ms, seen_ms = cast("tuple[str, str, int, int]", tuple(rows[0]))
    if now_ms >= seen_ms + IDLE_MS or now_ms >= begun_ms + WHOLE_MS:
        return None
    return Session(name, Role(role), _hash_of(token), csrf_of(token), seen_ms)


def seen_work(session: Session, now_ms: int) -> Work[None]:
    """Note that somebody is there."""
    yield Query(sql.SEE_SESSION, (now_ms, session.token_hash, now_ms))


def end_work(session: Session, now_ms: int) -> Work[None]:
    """End a session."""
    yield Query(sql.END_SESSION, (now_ms, session.token_hash))


def csrf_of(token: bytes) -> str:
    """Return what only a page that was given it can say: bound to the session, and no way back to its token."""
    return hmac.digest(token, b"onecard fleet csrf", "sha256").hex()


def _hash_of(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
