"""The journal's schema as numbered steps of plain SQL; the number reached stands in ``user_version``.

A step and its number are one transaction: after a cut the file is at the old number or at the new one, never between.
Steps are only ever appended.

**The way back.** A device may return to the release before. ``compatible.since`` is the oldest schema whose release may
work on the file: a release that knows fewer steps than were taken goes on where it is old enough, and leaves them
alone. A step lets ``since`` stand where all that it adds means the right thing for rows that an older release writes
later, by default values; every other step raises it to its own number.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from edge.domain.errors import StoreError

APPLICATION_ID: Final = 0x4F43_4A31  # "OCJ1"

JOURNAL: Final[tuple[tuple[str, ...], ...]] = (
    (
        f"PRAGMA application_id = {APPLICATION_ID}",
        # One row an entry, in order of seq. `bytes` are the canonical bytes, encoded once; `hash` is the chain hash
        # after them; `accepted_fen` is what the entry adds to the exposure (NULL: it accepts nothing).
        """CREATE TABLE entry (
            seq INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL,
            ref_seq INTEGER NOT NULL,
            tap_id BLOB NOT NULL,
            accepted_fen INTEGER,
            hash BLOB NOT NULL,
            bytes BLOB NOT NULL
        ) STRICT""",
        # The single row of whose journal this is and how far everything has come.
        """CREATE TABLE standing (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            terminal TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            grant_hash BLOB NOT NULL,
            acked INTEGER NOT NULL DEFAULT 0,
            send_from INTEGER NOT NULL DEFAULT 1,
            centre_epoch INTEGER NOT NULL DEFAULT 0,
            pruned_through INTEGER NOT NULL DEFAULT 0,
            pruned_hash BLOB NOT NULL,
            unsent_fen INTEGER NOT NULL DEFAULT 0,
            unsent_count INTEGER NOT NULL DEFAULT 0,
            psam_number BLOB NOT NULL DEFAULT x'',
            psam_sequence INTEGER NOT NULL DEFAULT 0,
            abandoned INTEGER NOT NULL DEFAULT 0
        ) STRICT""",
        # The last accepted tap of a medium at this terminal.
        """CREATE TABLE holder (
            token BLOB PRIMARY KEY,
            time_ms INTEGER NOT NULL,
            payer_fen INTEGER NOT NULL,
            counter INTEGER NOT NULL,
            below_normal INTEGER NOT NULL,
            chain BLOB NOT NULL
        ) STRICT, WITHOUT ROWID""",
        # What accepted taps added to a medium's counters, by period; `time_ms` is that of the newest.
        """CREATE TABLE counter (
            token BLOB NOT NULL,
            counter TEXT NOT NULL,
            bucket TEXT NOT NULL,
            value INTEGER NOT NULL,
            time_ms INTEGER NOT NULL,
            PRIMARY KEY (token, counter, bucket)
        ) STRICT, WITHOUT ROWID""",
        # Intents that are open (`reason` empty) or torn. Few rows, all on a page or two: a search by token reads
        # them all, and no index costs every tap a page.
        """CREATE TABLE unsettled (
            seq INTEGER PRIMARY KEY,
            token BLOB NOT NULL,
            charge_fen INTEGER NOT NULL,
            reason TEXT NOT NULL
        ) STRICT""",
        # Entries that the centre set aside.
        "CREATE TABLE rejected (seq INTEGER PRIMARY KEY, code TEXT NOT NULL) STRICT",
        # Balances of the entries that were pruned, so that the books stay whole.
        "CREATE TABLE carried (account TEXT PRIMARY KEY, fen INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    ),
    (
        # Debits of earlier epochs that were proven in this one: each was added to the counters once.
        """CREATE TABLE adopted (
            epoch INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            PRIMARY KEY (epoch, seq)
        ) STRICT, WITHOUT ROWID""",
    ),
    # The code by which the centre refused this journal for good (empty: it did not).
    ("ALTER TABLE standing ADD COLUMN fence TEXT NOT NULL DEFAULT ''",),
    # Codes that have paid, and until when they must not pay again; few, for they are short-lived.
    ("CREATE TABLE code_used (code BLOB PRIMARY KEY, until_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID",),
    (
        # What is at risk by medium, by family, and of first uses; every debit before was one of a purse. In `holder`:
        # `past` its taps with their numbers, `recovered` the debt it paid back here, `seq` the newest entry for it; a
        # `counter` of -1: no tap of it was accepted, a torn one was proven later.
        "ALTER TABLE holder ADD COLUMN past BLOB NOT NULL DEFAULT x''",
        "ALTER TABLE holder ADD COLUMN recovered TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE holder ADD COLUMN seq INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE unsettled ADD COLUMN family TEXT NOT NULL DEFAULT 'purse'",
        "ALTER TABLE unsettled ADD COLUMN first_use INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE entry ADD COLUMN family TEXT NOT NULL DEFAULT 'purse'",
        "ALTER TABLE entry ADD COLUMN first_use INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE standing ADD COLUMN unsent_by_family TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE standing ADD COLUMN unsent_first INTEGER NOT NULL DEFAULT 0",
        """UPDATE standing SET unsent_by_family = json_object('purse', json_array(unsent_fen, unsent_count))
            WHERE unsent_count > 0""",
        # Time that was signed: the highest that has surely passed, the last one heard, and when the edition in force
        # was last known to be the newest.
        "ALTER TABLE standing ADD COLUMN high_water_ms INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE standing ADD COLUMN signed_ms INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE standing ADD COLUMN confirmed_ms INTEGER NOT NULL DEFAULT 0",
    ),
    (
        # Of persons, by holder token: grants that another terminal may have made too, by the number of their intent,
        # and the last lease of each counter and period that was given back. An unsettled debit may count for a person.
        """CREATE TABLE open_grant (subject BLOB NOT NULL, counter TEXT NOT NULL, seq INTEGER NOT NULL,
            time_ms INTEGER NOT NULL, PRIMARY KEY (subject, counter, seq)) STRICT, WITHOUT ROWID""",
        "CREATE INDEX open_grant_by_time ON open_grant (time_ms)",
        """CREATE TABLE lease_returned (subject BLOB NOT NULL, counter TEXT NOT NULL, bucket TEXT NOT NULL,
            serial INTEGER NOT NULL, time_ms INTEGER NOT NULL, PRIMARY KEY (subject, counter, bucket))
            STRICT, WITHOUT ROWID""",
        "ALTER TABLE unsettled ADD COLUMN subject BLOB NOT NULL DEFAULT x''",
    ),
    # Up to where a centre that refuses this journal has said that it keeps it, aside.
    ("ALTER TABLE standing ADD COLUMN aside_through INTEGER NOT NULL DEFAULT 0",),
    # The oldest schema whose release may work on this file: see the top.
    ("CREATE TABLE compatible (since INTEGER NOT NULL) STRICT", "INSERT INTO compatible VALUES (8)"),
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema up to date, or leave a newer one that says this release may work on it as it is.

    Raises ``STORE_NEWER``, or ``STORE_CORRUPT`` for a database of something else.
    """
    version = schema_of(connection)
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    blank = not version and not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if not blank and application != APPLICATION_ID:
        raise StoreError("STORE_CORRUPT", "the file is a database, but not a journal")
    if version > len(JOURNAL) and compatible_since(connection, version) > len(JOURNAL):
        raise StoreError("STORE_NEWER", f"schema {version}; this release knows {len(JOURNAL)}")
    for number in range(version, len(JOURNAL)):
        _step(connection, number)


def schema_of(connection: sqlite3.Connection) -> int:
    """Return the number of steps that a file has taken."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def compatible_since(connection: sqlite3.Connection, version: int) -> int:
    """Return the oldest schema whose release may work on a file of this version; its own where it does not say."""
    known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'compatible'").fetchone()
    return version if known is None else int(connection.execute("SELECT since FROM compatible").fetchone()[0])


def _step(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in JOURNAL[number]:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
