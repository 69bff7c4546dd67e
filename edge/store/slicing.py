"""Cutting the next slice of entries for the sync process."""

from __future__ import annotations

import sqlite3

from edge.domain.exchange import SliceHead
from edge.ports import EntrySlice
from edge.store.rows import hash_after, rows_from
from edge.store.standing import JournalIdentity, read_standing


def cut_slice(
    connection: sqlite3.Connection, identity: JournalIdentity, from_seq: int, max_entries: int, max_bytes: int
) -> EntrySlice | None:
    """Return consecutive entries from ``from_seq`` on (from the oldest kept where that is pruned), at least one.

    None where there is nothing. The head is not signed here: the store holds no key.
    """
    standing = read_standing(connection)
    first = max(from_seq, standing.pruned_through + 1)
    previous = hash_after(connection, standing, first - 1)
    rows = rows_from(connection, first, max_entries)
    if previous is None or not rows:
        return None
    taken, size = [rows[0]], len(rows[0].bytes)
    for row in rows[1:]:
        size += len(row.bytes)
        if size > max_bytes:
            break
        taken.append(row)
    head = SliceHead(identity.terminal, identity.epoch, taken[-1].seq, taken[-1].hash)
    return EntrySlice(first, previous, head, tuple(row.bytes for row in taken))
