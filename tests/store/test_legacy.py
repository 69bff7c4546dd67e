"""What passes from one epoch's journal to the next: media are remembered, and nothing is counted twice."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

from edge.domain.pricing import NOT_PRICED
from edge.domain.tariff.state import Chain, CounterRow, Effect
from edge.ports import HolderRow
from edge.store.journal import SqliteJournal, open_journal
from edge.store.migrations import migrate
from tests.store.drafts import holder_row, intent, posted, token_of, torn
from tests.store.journals import GRANT_HASH, SMALL, TERMINAL

PAID = replace(NOT_PRICED, effects=(Effect("day", "2027-01-15", 1, "x"),))
CHAIN = Chain("bus", first_charge_ms=5, vehicle="B-07")
HOLDER = 1


@asynccontextmanager
async def epoch_of(folder: Path, epoch: int, heir_of: SqliteJournal | None = None) -> AsyncIterator[SqliteJournal]:
    journal = await open_journal(
        folder / f"journal-{epoch}.db",
        terminal=TERMINAL,
        epoch=epoch,
        grant_hash=GRANT_HASH,
        settings=SMALL,
        heir_of=heir_of,
    )
    try:
        yield journal
    finally:
        await journal.close()


async def ride(journal: SqliteJournal, tap: int) -> HolderRow:
    """Take an accepted tap that counts; returns what is remembered of its medium."""
    ordered = await journal.append(intent(tap, holder=HOLDER, pricing=PAID))
    row = replace(holder_row(HOLDER, ordered), chain=CHAIN)
    await journal.append(posted(tap, ordered.seq), holder=row)
    return row


async def counted(journal: SqliteJournal) -> tuple[CounterRow, ...]:
    return (await journal.state_of(token_of(HOLDER))).counters


def day(known: int) -> tuple[CounterRow, ...]:
    return (CounterRow("day", "2027-01-15", known),)


async def test_a_new_epoch_remembers_last_tap_counters_and_chain_and_owes_nothing(tmp_path: Path) -> None:
    async with epoch_of(tmp_path, 1) as older:
        row = await ride(older, 1)
        before = await older.state_of(token_of(HOLDER))
        async with epoch_of(tmp_path, 2, older) as journal:
            after = await journal.state_of(token_of(HOLDER))
            owed = before.exposure
            assert owed is not None
            owes_nothing = replace(owed, card_fen=0, card_count=0)
            assert after == replace(before, unsent_fen=0, unsent_count=0, exposure=owes_nothing)
            assert after.last is not None
            assert (after.last.time_ms, after.chain, after.counters) == (row.time_ms, CHAIN, day(1))
            assert await journal.verify() == []


async def test_what_was_taken_over_is_not_taken_over_again(tmp_path: Path) -> None:
    async with epoch_of(tmp_path, 1) as older:
        await ride(older, 1)
        async with epoch_of(tmp_path, 2, older) as journal:
            await ride(journal, 2)
        async with epoch_of(tmp_path, 2, older) as journal:
            assert await counted(journal) == day(2)


async def test_a_cut_between_making_the_file_and_beginning_it_loses_nothing(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "journal-2.db", isolation_level=None)) as cut_short:
        migrate(cut_short)
    async with epoch_of(tmp_path, 1) as older:
        await ride(older, 1)
        async with epoch_of(tmp_path, 2, older) as journal:
            assert await counted(journal) == day(1)


async def test_a_debit_of_an_earlier_epoch_that_is_proven_late_counts_once(tmp_path: Path) -> None:
    """Also where a cut lets it be settled a second time, in the same epoch or the next."""
    async with epoch_of(tmp_path, 1) as older:
        ordered = await older.append(intent(1, holder=HOLDER, pricing=PAID))
        await older.append(torn(1, ordered.seq))
        (debit,) = await older.unsettled()
        row = replace(holder_row(HOLDER, ordered), chain=CHAIN)
        async with epoch_of(tmp_path, 2, older) as journal:
            await journal.adopt(debit, row)
            await journal.adopt(debit, row)
            state = await journal.state_of(token_of(HOLDER))
            assert (state.counters, state.chain, journal.last_seq) == (day(1), CHAIN, 0)
            async with epoch_of(tmp_path, 3, journal) as newest:
                await newest.adopt(debit, None)
                assert await counted(newest) == day(1)


async def test_a_debit_outside_the_window_counts_and_leaves_the_last_tap(tmp_path: Path) -> None:
    async with epoch_of(tmp_path, 1) as older:
        ordered = await older.append(intent(1, holder=HOLDER, pricing=PAID))
        await older.append(torn(1, ordered.seq))
        (debit,) = await older.unsettled()
        async with epoch_of(tmp_path, 2, older) as journal:
            await journal.adopt(debit, None)
            state = await journal.state_of(token_of(HOLDER))
            assert (state.counters, state.last) == (day(1), None)
