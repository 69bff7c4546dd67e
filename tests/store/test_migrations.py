"""The journal's schema goes forward in whole steps, and one release back without a loss."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge.domain.errors import StoreError
from edge.store.migrations import JOURNAL, migrate, schema_of
from tests.store import drafts
from tests.store.journals import journal_at
from tests.store.next_release import BREAKING, next_release


async def ride(path: Path, tap: int) -> None:
    """Take one tap and find the journal sound."""
    async with journal_at(path) as journal:
        ordered = await journal.append(drafts.intent(tap))
        await journal.append(drafts.posted(tap, ordered.seq))
        assert await journal.verify() == []


async def seqs(path: Path) -> list[int]:
    async with journal_at(path) as journal:
        part = await journal.slice(1, 100, 1 << 20)
        assert part is not None
        return list(range(part.first_seq, part.first_seq + len(part.entries)))


def schema(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return schema_of(connection)


async def test_a_release_works_on_what_the_next_one_wrote_and_the_next_one_on_that(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await ride(path, 1)
    with next_release():
        await ride(path, 2)
    assert schema(path) == len(JOURNAL) + 1
    await ride(path, 3)
    assert schema(path) == len(JOURNAL) + 1
    with next_release():
        await ride(path, 4)
        assert await seqs(path) == list(range(1, 9))


async def test_a_step_that_closes_the_way_back_is_respected(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with next_release(BREAKING):
        await ride(path, 1)
    with pytest.raises(StoreError, match="STORE_NEWER"):
        await ride(path, 2)
    with next_release(BREAKING):
        assert await seqs(path) == [1, 2]


@pytest.mark.parametrize("steps", range(len(JOURNAL)))
def test_every_schema_there_ever_was_comes_up_to_date(steps: int) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for number, step in enumerate(JOURNAL[:steps], 1):
            for statement in (*step, f"PRAGMA user_version = {number}"):
                connection.execute(statement)
        migrate(connection)
        assert schema_of(connection) == len(JOURNAL)


def test_a_step_that_fails_leaves_the_schema_as_it_was() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        with next_release(("CREATE TABLE half (n)", "no statement")), pytest.raises(sqlite3.OperationalError):
            migrate(connection)
        assert schema_of(connection) == len(JOURNAL)
        assert connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'half'").fetchone() is None
