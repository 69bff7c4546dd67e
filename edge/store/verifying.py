"""Checking a whole journal: numbers, chain, canonical bytes, links between intents and results, side rows."""

from __future__ import annotations

import sqlite3
from dataclasses import field
from typing import Final

from edge.domain.debit import TornReason
from edge.domain.entry import CLOSING, DISPROVED, Entry, Intent, Kind, Remark, Torn, chain
from edge.domain.errors import RemoteProtocolError
from edge.domain.frozen import frozen, mutable
from edge.store.exposure import Unsent
from edge.store.rows import Row, kept_rows, last_of, rows_from
from edge.store.standing import JournalIdentity, Standing, read_standing
from sync.wire import decode_entry

OPEN: Final = ""
UNKNOWN: Final = "?"
"""State of an intent that outlived pruning: its torn entry may be pruned, or may lie ahead."""

STEP_ROWS: Final = 200
"""Rows a job: taps go on between two steps."""


@frozen
class Problem:
    """What is wrong at ``seq`` (0: with the journal as a whole)."""

    seq: int
    what: str

    def __str__(self) -> str:
        return f"entry {self.seq}: {self.what}" if self.seq else self.what


@mutable
class Verification:
    """One pass over all rows in steps; each step is one job. Up to ``held`` the centre held them at the first one."""

    identity: JournalIdentity
    problems: list[Problem] = field(default_factory=list)
    unsettled: dict[int, str] = field(default_factory=dict)
    position: int = -1
    previous: bytes = b""
    held: int = 0
    unsent: Unsent = field(default_factory=Unsent)

    def step(self, connection: sqlite3.Connection) -> bool:
        """Check the next rows; False after the last. The first step also checks intents that outlived pruning."""
        standing = read_standing(connection)
        if self.position < standing.pruned_through:
            self._start(connection, standing)
        rows = rows_from(connection, self.position + 1, STEP_ROWS)
        for row in rows:
            self._check(row)
        if rows:
            return True
        self._finish(connection, standing)
        return False

    def _start(self, connection: sqlite3.Connection, standing: Standing) -> None:
        self.position, self.previous = standing.pruned_through, standing.pruned_hash
        self.unsent, self.held = Unsent(), standing.held_through
        kept = kept_rows(connection, standing.pruned_through)
        self.unsettled = {row.seq: UNKNOWN for row in kept}
        for row in kept:
            self._decoded(row)

    def _check(self, row: Row) -> None:
        if row.seq != self.position + 1:
            self._report(row.seq, f"follows {self.position}: entries are missing")
        elif chain(self.previous, row.bytes) != row.hash:
            self._report(row.seq, "does not continue the hash chain")
        self.position, self.previous = row.seq, row.hash
        entry = self._decoded(row)
        if entry is not None:
            self._link(entry)
        if row.seq > self.held:
            self.unsent.add(row)

    def _decoded(self, row: Row) -> Entry | None:
        try:
            entry = decode_entry(row.bytes)
        except RemoteProtocolError as error:
            self._report(row.seq, str(error))
            return None
        stated = (entry.terminal, entry.epoch, entry.seq, entry.kind.value, entry.ref_seq, entry.tap_id)
        if stated != (self.identity.terminal, self.identity.epoch, row.seq, row.kind, row.ref_seq, row.tap_id):
            self._report(row.seq, "its bytes are of another entry than its row")
        return entry

    def _link(self, entry: Entry) -> None:
        if isinstance(entry.body, Intent):
            self.unsettled[entry.seq] = OPEN
            return
        found = self.unsettled.get(entry.ref_seq)
        waits = found is not None and (found == UNKNOWN or (found == OPEN) is (entry.kind in CLOSING))
        disproved = isinstance(entry.body, Remark) and entry.body.subject == DISPROVED
        if entry.kind not in CLOSING and entry.kind is not Kind.SETTLED and not disproved:
            return
        if not waits:
            self._report(entry.seq, f"{entry.kind.name} of {entry.ref_seq}, which does not wait for it")
        elif disproved:
            self.unsettled[entry.ref_seq] = TornReason.MAC2_REFUSED.value
        elif isinstance(entry.body, Torn):
            self.unsettled[entry.ref_seq] = entry.body.reason
        else:
            del self.unsettled[entry.ref_seq]

    def _finish(self, connection: sqlite3.Connection, standing: Standing) -> None:
        stored = dict(connection.execute("SELECT seq, reason FROM unsettled").fetchall())
        found = {seq: stored.get(seq) if reason == UNKNOWN else reason for seq, reason in self.unsettled.items()}
        if stored != found:
            self._report(0, "the list of open and torn debits does not follow from the entries")
        held = standing.held_through
        for row in rows_from(connection, self.held + 1, max(held - self.held, 0)):
            self.unsent.remove(row)
        for row in rows_from(connection, held + 1, max(self.held - held, 0)):
            self.unsent.add(row)
        if not self.unsent.agrees(standing):
            self._report(0, "the exposure does not follow from the entries")
        last_seq, _ = last_of(connection, standing)
        if not standing.pruned_through <= standing.acked <= last_seq:
            self._report(0, f"acked is {standing.acked}, outside {standing.pruned_through} to {last_seq}")

    def _report(self, seq: int, what: str) -> None:
        self.problems.append(Problem(seq, what))


def check_tail(connection: sqlite3.Connection, count: int) -> Problem | None:
    """Check the chain over the last ``count`` rows, quick enough for every start; None where it holds."""
    standing = read_standing(connection)
    last_seq, _ = last_of(connection, standing)
    first = max(standing.pruned_through, last_seq - count)
    rows = rows_from(connection, first, count + 1)
    if first == standing.pruned_through:
        rows, previous = [row for row in rows if row.seq > first], standing.pruned_hash
    else:
        previous = rows.pop(0).hash
    for expected, row in enumerate(rows, first + 1):
        if row.seq != expected or chain(previous, row.bytes) != row.hash:
            return Problem(expected, "does not continue the hash chain")
        previous = row.hash
    return None
