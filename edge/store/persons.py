"""What is remembered of persons beside their counters: uncertain grants that are still open, and leases given back.

A grant is open from its intent until the centre has acked that, or the debit is voided.
"""

from __future__ import annotations

import sqlite3

from edge.domain.entry import Entry, Remark
from edge.domain.errors import LocalProtocolError
from edge.domain.lease import read_return
from edge.domain.pricing import Pricing
from edge.domain.tariff.state import OpenGrants
from edge.store.tallies import counters_of
from edge.store.waiting import waiting_debits


def subject_of(pricing: Pricing) -> bytes:
    """Return the holder's token under which a tap counts, empty where it counts under its medium's alone."""
    return next((effect.subject for effect in pricing.effects if effect.subject), b"")


def note_grants(connection: sqlite3.Connection, entry: Entry, pricing: Pricing) -> None:
    """Note what a tap grants of a person's quota that another terminal may have granted too."""
    connection.executemany(
        "INSERT OR IGNORE INTO open_grant (subject, counter, seq, time_ms) VALUES (?, ?, ?, ?)",
        [
            (effect.subject, effect.counter, entry.seq, entry.time_ms)
            for effect in pricing.effects
            if effect.subject and effect.counter in pricing.uncertain
        ],
    )


def drop_grants(connection: sqlite3.Connection, pricing: Pricing, seq: int) -> None:
    """Forget the open grants of an intent that was voided."""
    connection.execute("DELETE FROM open_grant WHERE subject = ? AND seq = ?", (subject_of(pricing), seq))


def open_grants(connection: sqlite3.Connection, person: bytes, day_from_ms: int, acked: int) -> tuple[OpenGrants, ...]:
    """Return how many grants are open, by counter: those of a person, and those of this terminal since a moment."""
    if not person:
        return ()
    rows = connection.execute(
        """SELECT counter, sum(subject = ?), sum(time_ms >= ?) FROM open_grant
           WHERE seq > ? AND (subject = ? OR time_ms >= ?) GROUP BY counter ORDER BY counter""",
        (person, day_from_ms, acked, person, day_from_ms),
    ).fetchall()
    return tuple(OpenGrants(*row) for row in rows)


def forget_grants(connection: sqlite3.Connection, acked: int) -> None:
    """Remove the grants that the centre has acked."""
    connection.execute("DELETE FROM open_grant WHERE seq <= ?", (acked,))


def returned_leases(connection: sqlite3.Connection, person: bytes) -> list[tuple[str, str, int]]:
    """Return (counter, bucket, serial) of the leases of a person that were given back here, the last of each."""
    rows = connection.execute("SELECT counter, bucket, serial FROM lease_returned WHERE subject = ?", (person,))
    return [(counter, bucket, serial) for counter, bucket, serial in rows.fetchall()]


def give_back(connection: sqlite3.Connection, entry: Entry, body: Remark) -> None:
    """Give a lease back for good; raises ``ENTRY_INVALID`` where what it leases was used, or may have been."""
    try:
        person, counter, bucket, serial = read_return(body.pairs)
    except ValueError as error:
        raise LocalProtocolError("ENTRY_INVALID", f"a lease cannot be given back: {error}") from error
    used = [
        row
        for row in counters_of(connection, b"", person, waiting_debits(connection))
        if (row.counter, row.bucket) == (counter, bucket)
    ]
    if used:
        raise LocalProtocolError("ENTRY_INVALID", f"a lease cannot be given back: {counter} of {bucket} was used here")
    connection.execute(
        """INSERT INTO lease_returned (subject, counter, bucket, serial, time_ms) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (subject, counter, bucket)
           DO UPDATE SET serial = max(serial, excluded.serial), time_ms = max(time_ms, excluded.time_ms)""",
        (person, counter, bucket, serial, entry.time_ms),
    )
