"""Removing what the centre holds for sure and nobody asks for any more, in small batches."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Final

from edge.domain.entry import Entry, Intent, Kind, PaidTap
from edge.domain.frozen import mutable
from edge.domain.ledger import postings
from edge.domain.tap import TimeQuality
from edge.store.holders import forget_expired_codes
from edge.store.persons import forget_grants
from edge.store.rows import Row, bytes_at, intent_at, last_of, rows_from
from edge.store.settings import JournalSettings
from edge.store.standing import read_standing, update_standing
from edge.store.tallies import forget_old_counters
from sync.wire import decode_entry

BATCH_ENTRIES: Final = 100
FINAL: Final = frozenset({Kind.POSTED, Kind.VOIDED, Kind.SETTLED})
"""Kinds after which nothing more is said about an intent."""


def prune_batch(connection: sqlite3.Connection, settings: JournalSettings, now_ms: int) -> int:
    """Remove up to a batch of old entries and return how many; codes that are surely expired are forgotten on the way.

    Only entries that are acked, not due to be sent again, older than the retention in both age and number. Age is what
    a trusted time proves, the entry's own or a later one's. An intent outlives its batch until its final result is
    pruned too. Balances are carried, so the books stay whole.
    """
    forget_expired_codes(connection, now_ms)
    standing = read_standing(connection)
    last_seq, _ = last_of(connection, standing)
    through = min(standing.acked, standing.send_from - 1, last_seq - settings.retention_entries)
    rows = [row for row in rows_from(connection, standing.pruned_through + 1, BATCH_ENTRIES) if row.seq <= through]
    old_through = _old_through(connection, rows, through, now_ms - settings.retention_ms)
    entries = [decode_entry(row.bytes) for row in rows if row.seq <= old_through]
    if not entries:
        return 0
    final = {entry.ref_seq for entry in entries if entry.kind in FINAL}
    _carry(connection, entries)
    _forget_holders(connection, entries)
    forget_old_counters(connection, now_ms)
    forget_grants(connection, standing.acked)
    gone = final | {entry.seq for entry in entries if entry.kind is not Kind.INTENT}
    connection.executemany("DELETE FROM entry WHERE seq = ?", [(seq,) for seq in sorted(gone)])
    connection.execute("DELETE FROM rejected WHERE seq <= ?", (entries[-1].seq,))
    update_standing(connection, pruned_through=entries[-1].seq, pruned_hash=rows[len(entries) - 1].hash)
    return len(entries)


def _old_through(connection: sqlite3.Connection, rows: Sequence[Row], through: int, oldest_ms: int) -> int:
    """Return the last seq that is surely older than ``oldest_ms`` (0: none).

    An entry is at least as old as any later one, so one trusted old time speaks for all before it. An entry written
    while nobody had confirmed the clock may bear the time of a reset clock: its own time proves nothing.
    """
    old = 0
    for row in rows:
        entry = decode_entry(row.bytes)
        if entry.quality is TimeQuality.TRUSTED and entry.time_ms >= oldest_ms:
            return old
        old = row.seq if entry.quality is TimeQuality.TRUSTED else old
    if old or not rows:
        return old
    for seq in _sparsely(rows[-1].seq + 1, through):
        packed = bytes_at(connection, seq)
        later = decode_entry(packed) if packed is not None else None
        if later is not None and later.quality is TimeQuality.TRUSTED:
            return rows[-1].seq if later.time_ms < oldest_ms else 0
    return 0


def _sparsely(first: int, last: int) -> Iterator[int]:
    """Yield numbers at doubling distances from ``first`` on, and ``last``."""
    distance = 1
    while first + distance - 1 < last:
        yield first + distance - 1
        distance *= 2
    if first <= last:
        yield last


@mutable
class Folding:
    """One pass over all rows that adds up their postings, in steps; each step is one job."""

    balances: Counter[str] = field(default_factory=Counter)
    position: int = 0

    def step(self, connection: sqlite3.Connection) -> bool:
        """Fold the next rows; False after the last. Intents that outlived pruning add nothing by themselves."""
        rows = rows_from(connection, self.position + 1, BATCH_ENTRIES)
        if rows:
            self.balances.update(balances_of(connection, [decode_entry(row.bytes) for row in rows]))
            self.position = rows[-1].seq
        return bool(rows)


def balances_of(connection: sqlite3.Connection, entries: Iterable[Entry]) -> Counter[str]:
    """Fold entries to balances by account, each result with its intent from the table."""
    balances: Counter[str] = Counter()
    for entry in entries:
        for posting in postings(entry, _intent_of(connection, entry)):
            balances[posting.account] += posting.fen
    return balances


def carried_balances(connection: sqlite3.Connection) -> Mapping[str, int]:
    """Return the balances of everything pruned so far."""
    return dict(connection.execute("SELECT account, fen FROM carried").fetchall())


def _intent_of(connection: sqlite3.Connection, entry: Entry) -> Intent | None:
    if entry.kind not in FINAL and entry.kind is not Kind.TORN:
        return None
    return intent_at(connection, entry.ref_seq)[1]


def _charged_in(connection: sqlite3.Connection, entry: Entry) -> Intent | PaidTap | None:
    """Return the body that charged a medium in this entry."""
    return entry.body if isinstance(entry.body, PaidTap) else _intent_of(connection, entry)


def _carry(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    connection.executemany(
        "INSERT INTO carried (account, fen) VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET fen = fen + excluded.fen",
        sorted(balances_of(connection, entries).items()),
    )


def _forget_holders(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    """Drop what is remembered of media that have not come back since; a clock that fell back does not hide a tap."""
    old = [(body.token, entry.time_ms) for entry in entries if (body := _charged_in(connection, entry)) is not None]
    through = entries[-1].seq
    connection.executemany(
        "DELETE FROM holder WHERE token = ? AND time_ms <= ? AND seq <= ? AND recovered = ''",
        [(token, time_ms, through) for token, time_ms in old],
    )
