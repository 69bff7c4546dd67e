"""Power cuts: all code of a process stops at once, its files stay as they were, and it starts again from them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from edge.simulation.disk import Disk, sqlite_error
from edge.simulation.failures import SimulationError
from edge.simulation.life import Boundary
from edge.simulation.loop import simulation_loop
from edge.simulation.process import SimulatedProcess
from edge.simulation.run import run


async def opened(disk: Disk) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(disk.path / "t.db", isolation_level=None)
    for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=0"):
        await connection.execute(f"PRAGMA {pragma}")
    await connection.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY)")
    return connection


async def insert(connection: aiosqlite.Connection, number: int) -> None:
    def transaction(raw: sqlite3.Connection) -> None:
        raw.execute("BEGIN IMMEDIATE")
        try:
            raw.execute("INSERT INTO t VALUES (?)", (number,))
            raw.execute("COMMIT")
        except BaseException:
            raw.rollback()
            raise

    await connection._execute(transaction, connection._conn)  # type: ignore[no-untyped-call]  # noqa: SLF001 - one job


def stored(disk: Disk) -> list[int]:
    connection = sqlite3.connect(disk.path / "t.db")
    rows = [row[0] for row in connection.execute("SELECT n FROM t ORDER BY n")]
    connection.close()
    return rows


def writer(disk: Disk, acknowledged: list[int]) -> Callable[[], Coroutine[Any, Any, None]]:
    async def main() -> None:
        connection = await opened(disk)
        (last,) = next(iter(await connection.execute_fetchall("SELECT coalesce(max(n), 0) FROM t")))
        for number in range(last + 1, last + 6):
            await insert(connection, number)
            acknowledged.append(number)
        await connection.close()

    return main


@pytest.mark.parametrize(
    ("boundary", "kept"),
    [(Boundary.JOB_BEFORE, 2), (Boundary.COMMIT_BEFORE, 2), (Boundary.COMMIT_AFTER, 3), (Boundary.JOB_AFTER, 3)],
    ids=str,
)
def test_a_cut_at_a_boundary_keeps_exactly_what_was_committed(boundary: Boundary, kept: int, tmp_path: Path) -> None:
    async def world() -> tuple[list[int], list[int]]:
        disk, acknowledged = Disk(tmp_path / "disk"), list[int]()
        process = SimulatedProcess("t1", disk)
        commits = 0

        def at(reached: Boundary) -> None:
            nonlocal commits
            commits += reached is Boundary.COMMIT_BEFORE
            inserting = len(acknowledged) == 2
            if reached is boundary and inserting and (commits == 3 or boundary is Boundary.JOB_BEFORE):
                process.cut()

        ending = await process.start(writer(disk, acknowledged), at)
        assert ending.cut
        assert not process.running
        return acknowledged, stored(disk)

    acknowledged, rows = run(world, 1).value
    assert acknowledged == [1, 2]
    assert rows == list(range(1, kept + 1))


def test_after_a_cut_it_goes_on_from_its_files(tmp_path: Path) -> None:
    async def world() -> list[int]:
        disk, acknowledged = Disk(tmp_path / "disk"), list[int]()
        process = SimulatedProcess("t1", disk)
        process.start(writer(disk, acknowledged))
        while len(acknowledged) < 3:  # noqa: ASYNC110 - the world looks on from outside
            await asyncio.sleep(0.001)
        process.cut()
        ending = await process.start(writer(disk, acknowledged))
        assert ending.error is None
        assert not ending.cut
        assert (process.starts, process.cuts) == (2, 1)
        return stored(disk)

    rows = run(world, 2).value
    assert rows == list(range(1, len(rows) + 1))
    assert len(rows) >= 8


def test_nothing_of_a_dead_life_runs_on(tmp_path: Path) -> None:
    async def world() -> list[str]:
        disk, heard = Disk(tmp_path / "disk"), list[str]()
        process = SimulatedProcess("t1", disk)

        async def child() -> None:
            try:
                await asyncio.sleep(5)
                heard.append("child went on")
            finally:
                (disk.path / "written_while_dying").touch()
                asyncio.get_running_loop().call_soon(heard.append, "callback ran")
                asyncio.create_task(asyncio.sleep(0))  # noqa: RUF006 - dies before it begins
                await asyncio.sleep(1)
                heard.append("finally went on")

        async def main() -> None:
            asyncio.get_running_loop().call_later(2, heard.append, "timer fired")
            await asyncio.gather(asyncio.create_task(child()), asyncio.create_task(child()))

        ended = process.start(main)
        await asyncio.sleep(1)
        process.cut()
        assert (await ended).cut
        before_s = asyncio.get_running_loop().time()
        await asyncio.sleep(0)
        assert asyncio.get_running_loop().time() == before_s
        await asyncio.sleep(60)
        assert not (disk.path / "written_while_dying").exists()
        assert simulation_loop().living_tasks() == [asyncio.current_task()]
        return heard

    assert run(world, 1).value == []


def test_a_life_that_cuts_its_own_power_gets_as_far_as_its_next_await(tmp_path: Path) -> None:
    async def world() -> list[str]:
        process, heard = SimulatedProcess("t1", Disk(tmp_path / "disk")), list[str]()

        async def main() -> None:
            process.cut()
            heard.append("up to the await")
            await asyncio.sleep(0)
            heard.append("beyond it")

        assert (await process.start(main)).cut
        return heard

    assert run(world, 1).value == ["up to the await"]


def test_a_life_that_ends_by_itself_says_how_and_takes_its_tasks_along(tmp_path: Path) -> None:
    async def world() -> list[str]:
        process, heard = SimulatedProcess("t1", Disk(tmp_path / "disk")), list[str]()

        async def left_over() -> None:
            await asyncio.sleep(1)
            heard.append("left over ran on")

        async def fails() -> None:
            asyncio.create_task(left_over())  # noqa: RUF006 - dies with the process
            await asyncio.sleep(0.5)
            raise OSError("broken")

        ending = await process.start(fails)
        assert isinstance(ending.error, OSError)
        assert not ending.cut
        await asyncio.sleep(5)
        return heard

    assert run(world, 1).value == []


def test_a_process_runs_once_at_a_time_and_takes_requests_only_while_it_runs(tmp_path: Path) -> None:
    async def world() -> list[int]:
        process, served = SimulatedProcess("t1", Disk(tmp_path / "disk")), list[int]()

        async def main() -> None:
            await asyncio.sleep(10)

        async def serve() -> None:
            served.append(1)

        assert not process.spawn(serve)
        process.start(main)
        with pytest.raises(SimulationError, match="runs already"):
            process.start(main)
        assert process.spawn(serve)
        await asyncio.sleep(1)
        process.cut()
        assert not process.spawn(serve)
        return served

    assert run(world, 1).value == [1]


def test_a_full_disk_refuses_commits_as_sqlite_does_and_keeps_what_is_there(tmp_path: Path) -> None:
    async def world() -> list[int]:
        disk = Disk(tmp_path / "disk")
        process = SimulatedProcess("t1", disk)

        async def main() -> None:
            connection = await opened(disk)
            await insert(connection, 1)
            disk.full = True
            with pytest.raises(sqlite3.OperationalError, match="database or disk is full") as refused:
                await insert(connection, 2)
            assert refused.value.sqlite_errorcode == sqlite3.SQLITE_FULL
            assert len(list(await connection.execute_fetchall("SELECT n FROM t"))) == 1
            disk.full = False
            await insert(connection, 3)
            await connection.close()

        assert (await process.start(main)).error is None
        assert disk.full_refusals == 1
        return stored(disk)

    assert run(world, 1).value == [1, 3]


def test_a_statement_fails_as_sqlite_does_and_leaves_what_is_there(tmp_path: Path) -> None:
    async def world() -> list[int]:
        disk = Disk(tmp_path / "disk")
        process = SimulatedProcess("t1", disk)

        def fail(sql: str) -> None:
            if sql.startswith("INSERT"):
                process.before_statement(None)
                raise sqlite_error("attempt to write a readonly database", sqlite3.SQLITE_READONLY)

        async def main() -> None:
            connection = await opened(disk)
            await insert(connection, 1)
            process.before_statement(fail)
            with pytest.raises(sqlite3.OperationalError, match="readonly") as refused:
                await insert(connection, 2)
            assert refused.value.sqlite_errorcode == sqlite3.SQLITE_READONLY
            await insert(connection, 3)
            await connection.close()

        assert (await process.start(main)).error is None
        return stored(disk)

    assert run(world, 1).value == [1, 3]


def test_a_copied_disk_lives_on_beside_the_first_and_an_old_image_comes_back(tmp_path: Path) -> None:
    async def world() -> tuple[list[int], list[int], list[int]]:
        disk, ignored = Disk(tmp_path / "disk"), list[int]()
        process = SimulatedProcess("t1", disk)
        await process.start(writer(disk, ignored))
        image = disk.image(tmp_path / "image")
        twin_disk = Disk(tmp_path / "twin")
        twin_disk.restore(image)
        twin = SimulatedProcess("t1-twin", twin_disk)
        await process.start(writer(disk, ignored))
        await twin.start(writer(twin_disk, ignored))
        both = stored(disk), stored(twin_disk)
        disk.restore(image)
        return *both, stored(disk)

    first, twin, restored = run(world, 1).value
    assert first == twin == list(range(1, 11))
    assert restored == [1, 2, 3, 4, 5]


def test_the_disk_is_copied_while_a_journal_is_being_written(tmp_path: Path) -> None:
    async def world() -> list[int]:
        disk, acknowledged = Disk(tmp_path / "disk"), list[int]()
        process = SimulatedProcess("t1", disk)
        ended = process.start(writer(disk, acknowledged))
        while len(acknowledged) < 2:  # noqa: ASYNC110 - the world looks on from outside
            await asyncio.sleep(0.0005)
        copy = Disk(disk.image(tmp_path / "copy"))
        assert (await ended).error is None
        assert stored(disk) == [1, 2, 3, 4, 5]
        return stored(copy)

    assert run(world, 5).value[:2] == [1, 2]
