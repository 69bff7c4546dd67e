"""Opening a copy of a journal as this release would, and reading all of it: the proof before a version takes over."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from edge.domain.errors import RemoteProtocolError
from edge.domain.frozen import frozen
from edge.store.database import open_database
from edge.store.journal import SqliteJournal, open_journal
from edge.store.migrations import compatible_since, schema_of
from edge.store.settings import JournalSettings
from edge.store.standing import JournalIdentity
from sync.wire import decode_entry

AS_THEY_ARE: Final = JournalSettings(reserve_bytes=0, floor_bytes=0, wal_bytes=32 * 1024)
SLICE_ENTRIES: Final = 500
SLICE_BYTES: Final = 1 << 20


@frozen
class Rehearsed:
    """What one journal held, and what is wrong with it for this release.

    ``steps_before`` and ``steps_after`` number the schema. ``way_back``: the release before could go on with the file
    that this one leaves.
    """

    epoch: int
    steps_before: int
    steps_after: int
    way_back: bool
    entries: int
    unsent: int
    unsettled: int
    problems: tuple[str, ...]


async def rehearse(copy: Path, identity: JournalIdentity) -> Rehearsed:
    """Bring the copy's schema up to date, prove every entry, fold the books and cut every unsent entry into slices.

    Raises what opening it raises: ``STORE_NEWER``, ``STORE_CORRUPT``, ``STORE_FOREIGN``, ``STORE_IO``.
    """
    steps_before, _ = await _schema(copy)
    journal = await open_journal(
        copy,
        terminal=identity.terminal,
        epoch=identity.epoch,
        grant_hash=identity.grant_hash,
        settings=AS_THEY_ARE,
        create=False,
    )
    try:
        problems = [str(problem) for problem in await journal.verify()]
        if not problems:
            problems += await _unread(journal)
        at = journal.position()
        entries, unsettled = at.last - journal.pruned_through, len(await journal.unsettled())
    finally:
        await journal.close()
    steps_after, since = await _schema(copy)
    return Rehearsed(
        identity.epoch,
        steps_before,
        steps_after,
        since <= steps_before,
        entries,
        at.last - at.acked,
        unsettled,
        tuple(problems),
    )


async def _unread(journal: SqliteJournal) -> list[str]:
    """Return why the unsent entries cannot be sent, or the books not be folded, by this release."""
    at = journal.position()
    expected = at.acked + 1
    while expected <= at.last:
        part = await journal.slice(expected, SLICE_ENTRIES, SLICE_BYTES)
        if part is None or part.first_seq != expected:
            return [f"entry {expected}: unsent, and cannot be handed out"]
        for packed in part.entries:
            try:
                decode_entry(packed)
            except RemoteProtocolError as error:
                return [f"entry {expected}: {error}"]
            expected += 1
    total_fen = sum((await journal.totals()).values())
    return [f"the books do not balance: {total_fen} fen"] if total_fen else []


async def _schema(copy: Path) -> tuple[int, int]:
    """Return how many steps the file has taken, and the oldest schema whose release may work on it."""

    def read(connection: sqlite3.Connection) -> tuple[int, int]:
        steps = schema_of(connection)
        return steps, compatible_since(connection, steps)

    database = await open_database(copy, wal_bytes=AS_THEY_ARE.wal_bytes, create=False)
    try:
        return await database.read(read)
    finally:
        await database.close()
