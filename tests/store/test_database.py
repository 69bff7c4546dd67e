"""The database: modes, jobs, doubt, threads."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from edge.domain.errors import StoreError
from edge.store import database as database_module
from edge.store.database import Database, open_database
from edge.store.migrations import JOURNAL, migrate
from tests.conformance.journal_database import (
    check_jobs_run_in_order,
    check_private_names,
    new_connection,
    worker_source,
)

WAL_BYTES = 64 * 1024


def database_threads() -> list[str]:
    """Return the threads that are not the main one."""
    return [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]


async def table_at(path: Path) -> Database:
    """Open a database with one table ``t`` of numbers."""
    database = await open_database(path, wal_bytes=WAL_BYTES)
    await database.write(lambda connection: connection.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER)").fetchall())
    await database.grow_log()
    return database


def insert(number: int) -> Callable[[sqlite3.Connection], None]:
    def work(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO t VALUES (?)", (number,))

    return work


def numbers(connection: sqlite3.Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT n FROM t ORDER BY n").fetchall()]


def test_aiosqlite_has_the_private_parts_that_the_store_uses() -> None:
    assert aiosqlite.__version__.startswith("0.22.")
    check_private_names(new_connection())
    check_jobs_run_in_order(worker_source())


async def test_the_modes_are_those_asked_for(tmp_path: Path) -> None:
    database = await table_at(tmp_path / "t.db")
    wanted = {"page_size": 1024, "journal_mode": "wal", "synchronous": 2, "locking_mode": "exclusive"}
    try:
        for name, value in (wanted | {"wal_autocheckpoint": 0, "cell_size_check": 1, "cache_size": 512}).items():
            found = await database.read(lambda connection, name=name: connection.execute(f"PRAGMA {name}").fetchone())  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            assert found == (value,), name
    finally:
        await database.close()


async def test_a_mode_that_is_not_kept_refuses_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database in memory cannot keep a write-ahead log: SQLite says ``memory`` instead of raising."""
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda _path, **options: connect(":memory:", **options))
    with pytest.raises(StoreError, match="STORE_MODE"):
        await open_database(tmp_path / "t.db", wal_bytes=WAL_BYTES)
    assert database_threads() == []


async def test_a_second_connection_is_locked_out(tmp_path: Path) -> None:
    database = await table_at(tmp_path / "t.db")
    try:
        with pytest.raises(StoreError, match="STORE_LOCKED"):
            await open_database(tmp_path / "t.db", wal_bytes=WAL_BYTES)
        assert not (tmp_path / "t.db-shm").exists()
    finally:
        await database.close()
    assert database_threads() == []


async def test_the_log_is_grown_once_and_never_shrinks_or_grows_by_commits(tmp_path: Path) -> None:
    database = await table_at(tmp_path / "t.db")
    log = tmp_path / "t.db-wal"
    size = log.stat().st_size
    assert size >= WAL_BYTES
    for number in range(200):
        await database.write(insert(number))
        if number % 10 == 0:
            await database.checkpoint()
    assert log.stat().st_size == size
    await database.close()


async def test_a_checkpoint_is_forced_when_no_idle_moment_comes(tmp_path: Path) -> None:
    database = await table_at(tmp_path / "t.db")
    limit = WAL_BYTES * database_module.WAL_FORCED_TIMES
    for number in range(800):
        await database.write(insert(number))
    size = (tmp_path / "t.db-wal").stat().st_size
    assert limit < size < limit + 16 * 1024
    assert len(await database.read(numbers)) == 800
    await database.close()


async def test_a_cancelled_caller_does_not_cut_its_job(tmp_path: Path) -> None:
    database = await table_at(tmp_path / "t.db")
    begun, go, loop = asyncio.Event(), threading.Event(), asyncio.get_running_loop()

    def slow(connection: sqlite3.Connection) -> None:
        insert(1)(connection)
        loop.call_soon_threadsafe(begun.set)
        assert go.wait(5)
        insert(2)(connection)

    caller = asyncio.create_task(database.write(slow))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go.set()
    assert await database.read(numbers) == [1, 2]
    await database.close()


async def test_what_a_job_raises_undoes_it_and_the_next_job_runs(tmp_path: Path) -> None:
    database = await table_at(tmp_path / "t.db")

    def failing(connection: sqlite3.Connection) -> None:
        insert(1)(connection)
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(failing)
    await database.write(insert(2))
    assert await database.read(numbers) == [2]
    await database.close()


class Refusing(sqlite3.Connection):
    """A connection whose COMMIT or checkpoint fails when told so."""

    refused = ""

    def execute(self, sql: str, *cells: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as sqlite3 has it
        if self.refused and sql.startswith(self.refused):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error
        return super().execute(sql, *cells)


@pytest.mark.parametrize("statement", ["COMMIT", "PRAGMA wal_checkpoint"])
async def test_after_a_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    """... COMMIT or checkpoint, nothing runs until the file is opened again."""
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **options: connect(path, factory=Refusing, **options))
    path = tmp_path / "t.db"
    database = await table_at(path)
    await database.write(insert(1))
    monkeypatch.setattr(Refusing, "refused", statement)
    with pytest.raises(StoreError, match="STORE_IO"):
        await (database.write(insert(2)) if statement == "COMMIT" else database.checkpoint())
    monkeypatch.setattr(Refusing, "refused", "")
    for call in (database.write(insert(3)), database.read(numbers), database.checkpoint()):
        with pytest.raises(StoreError, match="STORE_IO"):
            await call
    assert not database.is_idle
    await database.close()
    assert database_threads() == []
    database = await table_at(path)
    assert 1 in await database.read(numbers)
    assert 3 not in await database.read(numbers)
    await database.close()


async def test_a_closed_database_takes_no_job_and_closes_twice(tmp_path: Path) -> None:
    database = await table_at(tmp_path / "t.db")
    await database.close()
    await database.close()
    with pytest.raises(StoreError, match="STORE_IO"):
        await database.read(numbers)
    assert database_threads() == []


async def test_no_thread_survives_a_start_that_is_cancelled_at_any_step(tmp_path: Path) -> None:
    steps = 0
    while True:
        start = asyncio.create_task(open_database(tmp_path / f"{steps}.db", wal_bytes=WAL_BYTES))
        for _ in range(steps):
            await asyncio.sleep(0)
            if start.done():
                break
        if start.done():
            await start.result().close()
            break
        start.cancel()
        with pytest.raises(asyncio.CancelledError):
            await start
        await settle()
        steps = steps * 2 + 1
    assert steps > 4
    assert database_threads() == []


async def settle() -> None:
    """Let the closing of a cancelled start end; it is shielded from the cancellation."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others)


BAD_FILES = {
    "no database at all": ("STORE_CORRUPT", b"not a database, but long enough to be taken for one. " * 40),
    "a header alone": ("STORE_CORRUPT", b"SQLite format 3\x00" + b"\xff" * 2000),
}


@pytest.mark.parametrize(("code", "content"), BAD_FILES.values(), ids=BAD_FILES.keys())
async def test_a_start_is_refused_on(tmp_path: Path, code: str, content: bytes) -> None:
    (tmp_path / "t.db").write_bytes(content)
    with pytest.raises(StoreError, match=code):
        await open_database(tmp_path / "t.db", wal_bytes=WAL_BYTES)
    assert database_threads() == []


async def test_a_missing_folder_or_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="STORE_MISSING"):
        await open_database(tmp_path / "t.db", wal_bytes=WAL_BYTES, create=False)
    with pytest.raises(StoreError, match="STORE_IO"):
        await open_database(tmp_path / "absent" / "t.db", wal_bytes=WAL_BYTES)
    assert database_threads() == []


def test_a_newer_schema_is_refused_and_a_foreign_one_too() -> None:
    newer = sqlite3.connect(":memory:", isolation_level=None)
    migrate(newer)
    migrate(newer)
    newer.execute(f"PRAGMA user_version = {len(JOURNAL) + 1}")
    newer.execute("UPDATE compatible SET since = ?", (len(JOURNAL) + 1,))
    with pytest.raises(StoreError, match="STORE_NEWER"):
        migrate(newer)
    foreign = sqlite3.connect(":memory:", isolation_level=None)
    foreign.execute("CREATE TABLE something (n)")
    with pytest.raises(StoreError, match="STORE_CORRUPT"):
        migrate(foreign)
    newer.close()
    foreign.close()
