"""The table of entries: reading and adding rows, and the values they stand for."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from edge.domain.debit import OpenDebit, Prepared
from edge.domain.entry import Entry, Intent, Kind
from edge.domain.errors import StoreError
from edge.domain.exchange import RejectedEntry
from edge.domain.frozen import frozen
from edge.store.standing import Standing
from sync.wire import decode_entry


@frozen
class Row:
    """One row of the table ``entry``; ``family`` and ``first_use`` say of what medium, where something is accepted."""

    seq: int
    kind: int
    ref_seq: int
    tap_id: bytes
    accepted_fen: int | None
    hash: bytes
    bytes: bytes
    family: str = ""
    first_use: bool = False


def add_row(connection: sqlite3.Connection, row: Row) -> None:
    """Add a row at the end."""
    connection.execute(
        """INSERT INTO entry (seq, kind, ref_seq, tap_id, accepted_fen, hash, bytes, family, first_use)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            row.seq,
            row.kind,
            row.ref_seq,
            row.tap_id,
            row.accepted_fen,
            row.hash,
            row.bytes,
            row.family,
            row.first_use,
        ),
    )


def rows_from(connection: sqlite3.Connection, first: int, count: int) -> list[Row]:
    """Return up to ``count`` rows from ``first`` on, in order."""
    cells = connection.execute(
        """SELECT seq, kind, ref_seq, tap_id, accepted_fen, hash, bytes, family, first_use FROM entry
           WHERE seq >= ? ORDER BY seq LIMIT ?""",
        (first, count),
    ).fetchall()
    return [Row(*row) for row in cells]


def kept_rows(connection: sqlite3.Connection, through: int) -> list[Row]:
    """Return the few rows up to ``through`` that outlived pruning."""
    count = connection.execute("SELECT count(*) FROM entry WHERE seq <= ?", (through,)).fetchone()[0]
    return rows_from(connection, 0, count)


def bytes_at(connection: sqlite3.Connection, seq: int) -> bytes | None:
    """Return the canonical bytes of one entry, None where there is no such row."""
    row = connection.execute("SELECT bytes FROM entry WHERE seq = ?", (seq,)).fetchone()
    return None if row is None else bytes(row[0])


def hash_after(connection: sqlite3.Connection, standing: Standing, seq: int) -> bytes | None:
    """Return the chain hash after ``seq``, None where it is pruned away or not yet written."""
    if seq == standing.pruned_through:
        return standing.pruned_hash
    if seq < standing.pruned_through:
        return None
    row = connection.execute("SELECT hash FROM entry WHERE seq = ?", (seq,)).fetchone()
    return None if row is None else bytes(row[0])


def last_of(connection: sqlite3.Connection, standing: Standing) -> tuple[int, bytes]:
    """Return the last seq and the chain hash after it (0 and the hash of the grant in an empty journal)."""
    row = connection.execute("SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
    if row is None or row[0] <= standing.pruned_through:
        return standing.pruned_through, standing.pruned_hash
    return int(row[0]), bytes(row[1])


def intent_at(connection: sqlite3.Connection, seq: int) -> tuple[Entry, Intent]:
    """Return an intent's entry and body; raises ``STORE_CORRUPT`` where the row is none."""
    packed = bytes_at(connection, seq)
    entry = None if packed is None else decode_entry(packed)
    if entry is None or not isinstance(entry.body, Intent):
        raise StoreError("STORE_CORRUPT", f"entry {seq} should be an intent")
    return entry, entry.body


def unsettled_debits(
    connection: sqlite3.Connection, condition: str = "", cells: Sequence[bytes] = ()
) -> list[OpenDebit]:
    """Return open and torn debits that meet an SQL condition of our own, oldest first."""
    rows = connection.execute(f"SELECT seq, reason FROM unsettled {condition} ORDER BY seq", cells).fetchall()  # noqa: S608 - see above
    return [open_debit(*intent_at(connection, seq), reason) for seq, reason in rows]


def open_debit(entry: Entry, body: Intent, reason: str) -> OpenDebit:
    """Rebuild the debit that an intent ordered; random and MAC1 were not kept."""
    terms = body.debit
    prepared = Prepared(
        amount_fen=terms.amount_fen,
        kind=terms.kind,
        counter=terms.counter,
        balance_fen=terms.balance_fen,
        overdraft_fen=terms.overdraft_fen,
        key_version=terms.key_version,
        algorithm=terms.algorithm,
        random=b"",
        psam_number=terms.psam_number,
        psam_sequence=terms.psam_sequence,
        time=terms.time,
        mac1=b"",
    )
    return OpenDebit(
        entry.seq,
        entry.epoch,
        entry.tap_id,
        body.token,
        entry.time_ms,
        prepared,
        entry.edition,
        reason,
        body.pricing,
        body.charge.total_fen,
        body.sale,
    )


def rows_of_tap(connection: sqlite3.Connection, prefix: bytes, first: int, last: int) -> list[bytes]:
    """Return the canonical bytes of entries in a range whose tap id begins with ``prefix``."""
    cells = connection.execute(
        "SELECT bytes FROM entry WHERE seq BETWEEN ? AND ? AND substr(tap_id, 1, ?) = ? ORDER BY seq",
        (first, last, len(prefix), prefix),
    ).fetchall()
    return [bytes(row[0]) for row in cells]


def kind_page(connection: sqlite3.Connection, first: int, count: int, kind: Kind | None) -> list[bytes]:
    """Return the bytes of up to ``count`` entries from ``first`` on, of one kind or of all."""
    condition, cells = ("", ()) if kind is None else ("AND kind = ?", (kind.value,))
    found = connection.execute(
        f"SELECT bytes FROM entry WHERE seq >= ? {condition} ORDER BY seq LIMIT ?",  # noqa: S608 - fixed text
        (first, *cells, count),
    ).fetchall()
    return [bytes(row[0]) for row in found]


def rejected_entries(connection: sqlite3.Connection) -> list[RejectedEntry]:
    """Return what the centre set aside, in order."""
    return [RejectedEntry(*row) for row in connection.execute("SELECT seq, code FROM rejected ORDER BY seq").fetchall()]
