"""What passes from one epoch's journal to the next: what is remembered of media, and debits proven late.

Entries, exposure and unsettled debits stay where they are: they belong to their epoch's chain and are acked there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Final

from edge.domain.debit import OpenDebit
from edge.domain.family import Family
from edge.domain.frozen import frozen
from edge.ports import HolderRow
from edge.store.exposure import Accepted, inherited, remember_passage
from edge.store.holders import remember
from edge.store.standing import JournalIdentity, claim
from edge.store.tallies import commit_effects

Cell = int | str | bytes
Cells = tuple[Cell, ...]

TABLES: Final = {
    "holder": "token, time_ms, payer_fen, counter, below_normal, chain, recovered, past",
    "counter": "token, counter, bucket, value, time_ms",
    "adopted": "epoch, seq",
    "code_used": "code, until_ms",
    "lease_returned": "subject, counter, bucket, serial, time_ms",
}


@frozen
class Legacy:
    """The rows of :data:`TABLES`, by table: about 300 bytes for each medium that was seen within the retention."""

    rows: Mapping[str, Sequence[Cells]] = field(default_factory=dict)


def read_legacy(connection: sqlite3.Connection) -> Legacy:
    """Return what the next epoch's journal begins with."""
    rows = {
        table: connection.execute(f"SELECT {columns} FROM {table}").fetchall()  # noqa: S608 - our own names
        for table, columns in TABLES.items()
    }
    rows["holder"] = [(*known, inherited(past)) for *known, past in rows["holder"]]
    return Legacy(rows)


def begin(connection: sqlite3.Connection, identity: JournalIdentity, legacy: Legacy) -> None:
    """Claim the file and write the legacy into it, in one transaction: a cut leaves both or neither.

    Raises ``STORE_FOREIGN`` where the file is another journal's.
    """
    claim(connection, identity)
    for table, rows in legacy.rows.items():
        columns = TABLES[table]
        places = ", ".join("?" for _ in columns.split(", "))
        connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)  # noqa: S608 - our own names


def adopt(connection: sqlite3.Connection, debit: OpenDebit, holder: HolderRow | None) -> None:
    """Take a proven debit of an earlier epoch into the counters, once, and keep the holder's row."""
    known = connection.execute("SELECT 1 FROM adopted WHERE epoch = ? AND seq = ?", (debit.epoch, debit.intent_seq))
    if known.fetchone() is None:
        connection.execute("INSERT INTO adopted (epoch, seq) VALUES (?, ?)", (debit.epoch, debit.intent_seq))
        commit_effects(connection, debit.token, debit.intent_time_ms, debit.pricing)
        passed = Accepted(debit.token, Family.PURSE, debit.charge_fen, debit.intent_time_ms, debt=debit.pricing.debt)
        remember_passage(connection, passed, seq=0, acked=0)
    if holder is not None:
        remember(connection, holder)
