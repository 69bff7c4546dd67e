"""Counters and transfer chains of media: what accepted taps added, in the tap's own transaction.

A debit's effects are reserved by its intent, committed when the debit is proven, and gone when it is voided: while it
is open or torn they count as possible, and a decision sees an interval.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence

from edge.domain.pricing import Pricing
from edge.domain.tariff.state import Chain, CounterRow
from edge.store.rows import intent_at
from edge.store.waiting import WaitingDebit
from sync.wire import decode, encode

KEPT_MS = 400 * 86_400_000
"""Counters of periods long past are forgotten after this; the longest period of a tariff is a year."""


def commit_effects(connection: sqlite3.Connection, token: bytes, time_ms: int, pricing: Pricing) -> None:
    """Add the effects of an accepted tap, at ``time_ms``, to the counters of its medium, or of whom they name."""
    connection.executemany(
        """INSERT INTO counter (token, counter, bucket, value, time_ms) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (token, counter, bucket)
           DO UPDATE SET value = value + excluded.value, time_ms = max(time_ms, excluded.time_ms)""",
        [(effect.subject or token, effect.counter, effect.bucket, effect.add, time_ms) for effect in pricing.effects],
    )


def counters_of(
    connection: sqlite3.Connection, token: bytes, person: bytes, waiting: Sequence[WaitingDebit]
) -> tuple[CounterRow, ...]:
    """Return the counters of a medium and of the person who holds it as intervals, in a fixed order.

    What a medium counted before its holder was known counts for the holder as well; so may what is ``waiting``.
    """
    subjects = {token, person} - {b""}
    marks = ", ".join("?" * len(subjects))
    known: Counter[tuple[str, str]] = Counter()
    rows = connection.execute(f"SELECT counter, bucket, value FROM counter WHERE token IN ({marks})", [*subjects])  # noqa: S608 - marks alone
    for counter, bucket, value in rows:
        known[counter, bucket] += value
    possible = _reserved(connection, token, person, waiting)
    return tuple(CounterRow(*key, known[key], possible[key]) for key in sorted(known.keys() | possible.keys()))


def _reserved(
    connection: sqlite3.Connection, token: bytes, person: bytes, waiting: Sequence[WaitingDebit]
) -> Counter[tuple[str, str]]:
    """Sum up what the unsettled debits of a medium may add, and those of the person's other media for the person."""
    possible: Counter[tuple[str, str]] = Counter()
    for debit in waiting:
        if debit.token != token and not (person and debit.subject == person):
            continue
        for effect in intent_at(connection, debit.seq)[1].pricing.effects:
            if (effect.subject or debit.token) in (token, person):
                possible[effect.counter, effect.bucket] += effect.add
    return possible


def forget_old_counters(connection: sqlite3.Connection, now_ms: int) -> int:
    """Remove counters whose newest tap lies further back than any period; returns how many.

    What is counted for ever has no period, and is kept.
    """
    past = now_ms - KEPT_MS
    return connection.execute("DELETE FROM counter WHERE time_ms < ? AND bucket <> ''", (past,)).rowcount


def chain_to_bytes(chain: Chain | None) -> bytes:
    """Return a chain as the column keeps it; no chain is no bytes."""
    return b"" if chain is None else encode(chain)


def chain_from_bytes(packed: bytes) -> Chain | None:
    """Return the chain of a column."""
    return decode(Chain, packed) if packed else None
