"""What a tap asks of the journal: few jobs, few statements, and nothing of what is known not to be there."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from edge.domain.entry import Draft
from edge.store.journal import SqliteJournal
from tests.store import drafts
from tests.store.journals import journal_at

STATEMENTS_MAX = 21
"""Of a debited tap, BEGIN and COMMIT of its two writes among them."""


@asynccontextmanager
async def counted(journal: SqliteJournal) -> AsyncIterator[list[str]]:
    """Give the statements that are run meanwhile."""
    statements: list[str] = []

    def watch(connection: sqlite3.Connection) -> None:
        connection.set_trace_callback(statements.append)

    def let_be(connection: sqlite3.Connection) -> None:
        connection.set_trace_callback(None)

    await journal._database.read(watch)  # noqa: SLF001 - counted where they are run
    yield statements
    await journal._database.read(let_be)  # noqa: SLF001 - as above


async def debited(journal: SqliteJournal, tap: int) -> None:
    assert await journal.torn_of(drafts.token_of(1)) == []
    await journal.state_of(drafts.token_of(1))
    ordered = await journal.append(drafts.intent(tap, holder=1))
    await journal.append(drafts.posted(tap, ordered.seq), holder=drafts.holder_row(1, ordered))


async def test_a_debited_tap_is_few_statements_and_its_intent_is_not_read_back(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await debited(journal, 1)
        async with counted(journal) as statements:
            await debited(journal, 2)
        assert len(statements) <= STATEMENTS_MAX
        assert [one for one in statements if one.startswith("SELECT bytes FROM entry")] == []


async def test_nobody_asks_for_torn_debits_where_none_waits(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await debited(journal, 1)
        async with counted(journal) as statements:
            assert await journal.torn_of(drafts.token_of(1)) == []
        assert statements == []


async def test_a_torn_debit_that_is_still_being_written_is_found(tmp_path: Path) -> None:
    """A tap that was broken off leaves its jobs in the queue; its card comes back before they are done."""
    async with journal_at(tmp_path / "journal.db") as journal:
        queued: list[Draft] = [drafts.intent(1, holder=1), drafts.torn(1, 1)]
        writing = [asyncio.create_task(journal.append(draft)) for draft in queued]
        await asyncio.sleep(0)
        for task in writing:
            task.cancel()
        assert [debit.intent_seq for debit in await journal.torn_of(drafts.token_of(1))] == [1]


async def test_a_torn_debit_is_found_by_the_next_start(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await journal.append(drafts.intent(1, holder=1))
        await journal.append(drafts.torn(1, 1))
    async with journal_at(tmp_path / "journal.db") as journal:
        assert [debit.intent_seq for debit in await journal.torn_of(drafts.token_of(1))] == [1]
