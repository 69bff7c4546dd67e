"""The contract of aiosqlite that the store builds on: one table, run over the real thread and over the loop's queue."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
import pytest

from edge.simulation.run import run

T = TypeVar("T")
Case = Callable[[Path], Awaitable[None]]


async def job(connection: aiosqlite.Connection, function: Callable[[sqlite3.Connection], T]) -> T:
    """Run one function as one job, by the private door of 0.22.1 that the store uses."""
    raw = connection._conn  # noqa: SLF001 - the contract of these private names is what is tested
    value: T = await connection._execute(function, raw)  # type: ignore[no-untyped-call]  # noqa: SLF001 - as above
    return value


async def opened(path: Path) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(path, isolation_level=None)
    await connection.execute("PRAGMA journal_mode=WAL")
    await connection.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, w TEXT UNIQUE)")
    return connection


async def numbers(connection: aiosqlite.Connection) -> list[int]:
    return [row[0] for row in await connection.execute_fetchall("SELECT n FROM t ORDER BY n")]


def inserting(number: int, *, then_fail: bool = False) -> Callable[[sqlite3.Connection], int]:
    def transaction(raw: sqlite3.Connection) -> int:
        raw.execute("BEGIN IMMEDIATE")
        try:
            raw.execute("INSERT INTO t VALUES (?, ?)", (number, str(number)))
            _ = 1 // (not then_fail)
            raw.execute("COMMIT")
        except ZeroDivisionError:
            raw.execute("ROLLBACK")
            raise
        return number

    return transaction


async def queue_up(waiting: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Return a task that has surely put its job into the queue: a ready step waits for two turns at most."""
    task = asyncio.create_task(waiting)
    for _ in range(2):
        await asyncio.sleep(0)
    return task


def noting(notes: list[int], number: int) -> Callable[[sqlite3.Connection], int]:
    def note(_raw: sqlite3.Connection) -> int:
        notes.append(number)
        return number

    return note


async def jobs_run_in_the_order_in_which_they_were_queued(path: Path) -> None:
    connection, ran = await opened(path), list[int]()
    tasks = [await queue_up(job(connection, noting(ran, number))) for number in range(50)]
    await asyncio.gather(*tasks)
    await connection.close()
    assert ran == list(range(50))


async def answers_come_in_the_order_of_the_jobs(path: Path) -> None:
    connection, ran, answered = await opened(path), list[int](), list[int]()
    futures: list[asyncio.Future[int]] = []
    for number in range(20):
        future = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda done: answered.append(done.result()))
        connection._tx.put_nowait((future, partial(noting(ran, number), connection._conn)))  # noqa: SLF001 - see above
        futures.append(future)
    for future in futures:
        await future
        assert all(earlier.done() for earlier in futures[: futures.index(future)])
    await connection.close()
    assert sorted(answered) == ran == list(range(20))


async def a_cancelled_await_still_executes(path: Path) -> None:
    connection = await opened(path)
    task = await queue_up(job(connection, inserting(7)))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await numbers(connection) == [7]
    await connection.close()


async def an_await_cancelled_while_its_job_is_queued_still_executes(path: Path) -> None:
    connection = await opened(path)
    tasks = [await queue_up(job(connection, inserting(number))) for number in range(5)]
    tasks[4].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert await numbers(connection) == [0, 1, 2, 3, 4]
    await connection.close()


async def errors_travel_to_whoever_awaits(path: Path) -> None:
    connection = await opened(path)
    await job(connection, inserting(1))
    with pytest.raises(sqlite3.IntegrityError):
        await connection.execute("INSERT INTO t VALUES (2, '1')")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await connection.execute("SELECT * FROM nowhere")
    with pytest.raises(LookupError):
        await job(connection, lambda _: list[int]()[0])
    assert await numbers(connection) == [1]
    await connection.close()


async def a_job_that_fails_leaves_nothing_and_the_next_one_runs(path: Path) -> None:
    connection = await opened(path)
    with pytest.raises(ZeroDivisionError):
        await job(connection, inserting(1, then_fail=True))
    assert await job(connection, inserting(2)) == 2
    assert await numbers(connection) == [2]
    await connection.close()


async def a_job_is_atomic_among_many_tasks(path: Path) -> None:
    connection = await opened(path)

    async def writer(first: int) -> None:
        for number in range(first, first + 10):
            await job(connection, inserting(number))

    await asyncio.gather(*(writer(first) for first in (0, 100, 200)))
    assert len(await numbers(connection)) == 30
    assert not connection.in_transaction
    await connection.close()


async def close_lets_the_queued_jobs_end_first(path: Path) -> None:
    connection = await opened(path)
    task = await queue_up(job(connection, inserting(1)))
    await connection.close()
    assert await task == 1
    with pytest.raises(ValueError, match="no active connection"):
        await job(connection, inserting(2))
    await connection.close()


async def what_was_committed_is_there_after_opening_again(path: Path) -> None:
    connection = await opened(path)
    await job(connection, inserting(1))
    await connection.close()
    connection = await opened(path)
    assert await numbers(connection) == [1]
    await connection.close()


async def a_file_that_cannot_be_opened_raises_and_ends(path: Path) -> None:
    connection = aiosqlite.connect(path / "absent" / "t.db")
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        await connection
    await asyncio.to_thread(connection._thread.join)  # noqa: SLF001 - its last words must not find the loop closed


async def a_second_connection_finds_an_exclusive_file_locked(path: Path) -> None:
    first = await aiosqlite.connect(path, isolation_level=None)
    await first.execute("PRAGMA locking_mode=EXCLUSIVE")
    await first.execute("PRAGMA journal_mode=WAL")
    await first.execute("CREATE TABLE t (n)")
    second = await aiosqlite.connect(path, isolation_level=None, timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        await second.execute("SELECT * FROM t")
    await second.close()
    await first.close()


CASES: tuple[Case, ...] = (
    jobs_run_in_the_order_in_which_they_were_queued,
    answers_come_in_the_order_of_the_jobs,
    a_cancelled_await_still_executes,
    an_await_cancelled_while_its_job_is_queued_still_executes,
    errors_travel_to_whoever_awaits,
    a_job_that_fails_leaves_nothing_and_the_next_one_runs,
    a_job_is_atomic_among_many_tasks,
    close_lets_the_queued_jobs_end_first,
    what_was_committed_is_there_after_opening_again,
    a_file_that_cannot_be_opened_raises_and_ends,
    a_second_connection_finds_an_exclusive_file_locked,
)


async def _case(case: Case, path: Path) -> None:
    await case(path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_over_the_real_thread(case: Case, tmp_path: Path) -> None:
    asyncio.run(_case(case, tmp_path / "t.db"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_over_the_queue_of_the_loop(case: Case, tmp_path: Path) -> None:
    for seed in range(10):
        folder = tmp_path / str(seed)
        folder.mkdir()
        run(lambda: _case(case, folder / "t.db"), seed)  # noqa: B023 - it runs before the next turn


def test_the_loop_takes_virtual_time_and_no_thread(tmp_path: Path) -> None:
    async def work() -> aiosqlite.Connection:
        connection = await opened(tmp_path / "t.db")
        await job(connection, inserting(1))
        await connection.close()
        return connection

    result = run(work, 1)
    assert result.virtual_ms > 0
    assert type(result.value._thread).__name__ == "InLoopJobs"  # noqa: SLF001 - the seam under test


def test_outside_a_run_aiosqlite_is_as_it_was(tmp_path: Path) -> None:
    plain = aiosqlite.Connection.__init__, sqlite3.connect

    async def work() -> None:
        assert sqlite3.connect is not plain[1]
        await (await opened(tmp_path / "t.db")).close()

    run(work, 1)
    assert (aiosqlite.Connection.__init__, sqlite3.connect) == plain
