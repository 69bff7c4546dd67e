"""Counters and chains: reserved by the intent, committed by the proof, gone with a void, durable in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from edge.domain.debit import Verdict
from edge.domain.entry import Draft
from edge.domain.pricing import NOT_PRICED
from edge.domain.tariff.state import Chain, CounterRow, Effect
from edge.store.journal import SqliteJournal
from edge.store.migrations import migrate
from edge.store.tallies import KEPT_MS, forget_old_counters
from tests.store.drafts import holder_row, intent, posted, settled, token_of, torn, voided
from tests.store.journals import journal_at

PAID = replace(
    NOT_PRICED, effects=(Effect("month_paid", "2027-01", 100, "qdt_tier"), Effect("day", "2027-01-15", 1, "x"))
)
CHAIN = Chain("bus", first_charge_ms=5, vehicle="B-07")


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    async with journal_at(tmp_path / "journal.db") as opened:
        yield opened


async def counters(journal: SqliteJournal) -> tuple[CounterRow, ...]:
    return (await journal.state_of(token_of(1))).counters


def rows(known: int, possible: int) -> tuple[CounterRow, ...]:
    """Return what the two counters hold after so many debits, proven and possible."""
    day, month = ("day", "2027-01-15"), ("month_paid", "2027-01")
    return (CounterRow(*day, known, possible), CounterRow(*month, 100 * known, 100 * possible))


async def test_an_open_debit_may_have_counted(journal: SqliteJournal) -> None:
    await journal.append(intent(1, pricing=PAID))
    assert await counters(journal) == rows(0, 1)


async def test_a_proven_debit_counts(journal: SqliteJournal) -> None:
    for tap in (1, 2):
        ordered = await journal.append(intent(tap, pricing=PAID))
        await journal.append(posted(tap, ordered.seq))
    assert await counters(journal) == rows(2, 0)
    assert (await journal.state_of(token_of(2))).counters == ()


ENDS: dict[str, tuple[list[Draft], tuple[CounterRow, ...]]] = {
    "voided": ([voided(1, 1)], ()),
    "torn": ([torn(1, 1)], rows(0, 1)),
    "torn, then proven": ([torn(1, 1), settled(1, 1)], rows(1, 0)),
    "torn, then disproven": ([torn(1, 1), settled(1, 1, Verdict.VOIDED)], ()),
}


@pytest.mark.parametrize(("ends", "expected"), ENDS.values(), ids=ENDS)
async def test_a_debit_that_ends(journal: SqliteJournal, ends: list[Draft], expected: tuple[CounterRow, ...]) -> None:
    await journal.append(intent(1, pricing=PAID))
    for end in ends:
        await journal.append(end)
    assert await counters(journal) == expected


async def test_the_chain_of_the_last_accepted_tap_is_kept(journal: SqliteJournal) -> None:
    ordered = await journal.append(intent(1, pricing=PAID))
    row = replace(holder_row(1, ordered), below_normal=True, chain=CHAIN)
    await journal.append(posted(1, ordered.seq), holder=row)
    state = await journal.state_of(token_of(1))
    assert state.chain == CHAIN
    assert state.last is not None
    assert state.last.below_normal


def test_old_periods_are_forgotten_and_what_counts_for_ever_is_kept() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        connection.executemany(
            "INSERT INTO counter (token, counter, bucket, value, time_ms) VALUES (x'01', ?, ?, 1, ?)",
            [("day", "2026-06-01", 1), ("day", "2027-06-01", KEPT_MS), ("once", "", 1)],
        )
        assert forget_old_counters(connection, KEPT_MS + 2) == 1
        kept = connection.execute("SELECT counter, bucket FROM counter ORDER BY bucket").fetchall()
        assert kept == [("once", ""), ("day", "2027-06-01")]
