"""Terminals that the operator has shut out: nothing of theirs is taken, and all that they send is kept, aside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from edge.domain.errors import ConfigError, UplinkError
from edge.domain.frozen import frozen
from edge.domain.tap import TERMINAL_NAME
from sync.batch import Batch, batch_hash
from sync.central.store import statements
from sync.central.store import trust_statements as sql
from sync.central.store.port import Query, Work, insert_rows, listed

TERMINAL_REVOKED: Final = "TERMINAL_REVOKED"
REASON_MAX: Final = 200


@frozen
class KnownTerminal:
    """A terminal and how the operator has ruled on it last; ``kept_batches`` were sent while it was shut out."""

    terminal: str
    enrolled_ms: int
    last_seen_ms: int
    revoked: bool
    ruled_ms: int
    reason: str
    kept_batches: int


def rule_work(terminal: str, reason: str, now_ms: int, *, revoked: bool) -> Work[bool]:
    """Shut a terminal out, or let it in again; returns whether that changes anything."""
    if not TERMINAL_NAME.fullmatch(terminal) or len(reason) > REASON_MAX:
        raise ConfigError("CONFIG_VALUE", f"no such terminal, or a reason of more than {REASON_MAX} characters")
    rows = yield Query(sql.RULING, (terminal,))
    number, before = (cast("int", rows[0][0]), bool(rows[0][1])) if rows else (0, False)
    if before is revoked:
        return False
    yield insert_rows(sql.ADD_RULING, [(terminal, number + 1, int(revoked), now_ms, reason)])
    if revoked:
        yield insert_rows(statements.ADD_ALARMS, [(terminal, number + 1, "terminal_revoked", now_ms)])
    return True


def check_not_revoked_work(terminal: str) -> Work[None]:
    """Raise ``TERMINAL_REVOKED`` where the operator has shut this terminal out."""
    if (yield from is_revoked_work(terminal)):
        raise UplinkError(TERMINAL_REVOKED, f"{terminal} is shut out")


def is_revoked_work(terminal: str) -> Work[bool]:
    """Say whether the operator has shut this terminal out."""
    rows = yield Query(sql.RULING, (terminal,))
    return bool(rows) and bool(rows[0][1])


def revoked_work() -> Work[frozenset[str]]:
    """Return all terminals that are shut out."""
    rows = yield Query(sql.REVOKED)
    return frozenset(cast("str", terminal) for (terminal,) in rows)


def terminals_work() -> Work[list[KnownTerminal]]:
    """Return all terminals."""
    rows = yield Query(sql.TERMINALS)
    found = (cast("tuple[str, int, int, int, int, str, int]", tuple(row)) for row in rows)
    return [KnownTerminal(*row[:3], bool(row[3]), *row[4:]) for row in found]


def unknown_work(names: Sequence[str]) -> Work[list[str]]:
    """Return those of some names by which no terminal has enrolled, in their order."""
    enrolled = {terminal for (terminal,) in (yield listed(sql.ENROLLED, (), names))}
    return [name for name in names if name not in enrolled]


def keep_work(batch: Batch, envelope: bytes, now_ms: int) -> Work[None]:
    """Keep what a terminal sent that is shut out, whole, and raise an alarm."""
    span = batch.span
    row = (span.terminal, span.epoch, batch_hash(span), span.first_seq, span.last_seq, now_ms, envelope)
    yield insert_rows(sql.ADD_REFUSED_BATCH, [row])
    yield insert_rows(statements.ADD_ALARMS, [(span.terminal, span.epoch, "revoked_terminal_sends", now_ms)])


def kept_work(terminal: str) -> Work[Sequence[bytes]]:
    """Return what was kept of a terminal while it was shut out, in the order of its journals."""
    rows = yield Query(sql.REFUSED_BATCHES, (terminal,))
    return [cast("bytes", envelope) for (envelope,) in rows]
