"""The product's own database inside the loop: it opens, commits, doubts and recovers as on its thread."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from edge.domain.errors import StoreError
from edge.simulation.disk import Disk, sqlite_error
from edge.simulation.life import Boundary
from edge.simulation.process import SimulatedProcess
from edge.simulation.run import run
from edge.store.database import Database, open_database

WAL_BYTES = 64 * 1024
Case = Callable[[Path], Awaitable[None]]


def create(raw: sqlite3.Connection) -> None:
    raw.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY)")


def insert(number: int) -> Callable[[sqlite3.Connection], None]:
    def work(raw: sqlite3.Connection) -> None:
        raw.execute("INSERT INTO t VALUES (?)", (number,))

    return work


def count(raw: sqlite3.Connection) -> int:
    return int(raw.execute("SELECT count(*) FROM t").fetchone()[0])


async def opened(path: Path) -> Database:
    database = await open_database(path / "t.db", wal_bytes=WAL_BYTES)
    await database.write(create)
    return database


async def it_keeps_what_was_written(path: Path) -> None:
    database = await opened(path)
    await asyncio.gather(*(database.write(insert(number)) for number in range(20)))
    assert await database.read(count) == 20
    await database.close()
    database = await opened(path)
    assert await database.read(count) == 20
    await database.close()


async def a_cancelled_writer_has_written(path: Path) -> None:
    database = await opened(path)
    task = asyncio.ensure_future(database.write(insert(1)))
    for _ in range(2):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await database.read(count) == 1
    await database.close()


async def work_that_raises_leaves_nothing(path: Path) -> None:
    database = await opened(path)
    await database.write(insert(1))
    with pytest.raises(StoreError, match="STORE_CORRUPT"):
        await database.write(insert(1))
    await database.close()
    with pytest.raises(StoreError, match="STORE_IO"):
        await database.read(count)


async def a_file_that_is_absent_is_missing(path: Path) -> None:
    with pytest.raises(StoreError, match="STORE_MISSING"):
        await open_database(path / "t.db", wal_bytes=0, create=False)


async def a_second_owner_is_locked_out(path: Path) -> None:
    database = await opened(path)
    with pytest.raises(StoreError, match="STORE_LOCKED"):
        await opened(path)
    await database.close()


CASES: tuple[Case, ...] = (
    it_keeps_what_was_written,
    a_cancelled_writer_has_written,
    work_that_raises_leaves_nothing,
    a_file_that_is_absent_is_missing,
    a_second_owner_is_locked_out,
)


async def _case(case: Case, path: Path) -> None:
    await case(path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_on_its_thread(case: Case, tmp_path: Path) -> None:
    asyncio.run(_case(case, tmp_path))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_in_the_loop(case: Case, tmp_path: Path) -> None:
    run(lambda: _case(case, tmp_path), 1)


@pytest.mark.parametrize("reached", [Boundary.COMMIT_BEFORE, Boundary.COMMIT_AFTER], ids=str)
def test_a_commit_that_raises_is_in_doubt_until_opened_again(reached: Boundary, tmp_path: Path) -> None:
    async def world() -> int:
        disk, broken = Disk(tmp_path / "disk"), list[Boundary]()

        def at(boundary: Boundary) -> None:
            if broken == [boundary]:
                broken.append(boundary)
                raise sqlite_error("disk I/O error", sqlite3.SQLITE_IOERR)

        async def main() -> None:
            database = await opened(disk.path)
            broken.append(reached)
            with pytest.raises(StoreError, match="STORE_IO"):
                await database.write(insert(1))
            with pytest.raises(StoreError, match="STORE_IO"):
                await database.read(count)
            await database.close()
            database = await opened(disk.path)
            rows.append(await database.read(count))
            await database.close()

        rows = list[int]()
        assert (await SimulatedProcess("t1", disk).start(main, at)).error is None
        return rows[0]

    assert run(world, 1).value == (1 if reached is Boundary.COMMIT_AFTER else 0)


def test_a_full_disk_puts_the_commit_in_doubt_and_nothing_is_lost(tmp_path: Path) -> None:
    async def world() -> int:
        disk, rows = Disk(tmp_path / "disk"), list[int]()

        async def main() -> None:
            database = await opened(disk.path)
            await database.write(insert(1))
            disk.full = True
            with pytest.raises(StoreError, match="STORE_"):
                await database.write(insert(2))
            disk.full = False
            await database.close()
            database = await opened(disk.path)
            rows.append(await database.read(count))
            await database.close()

        assert (await SimulatedProcess("t1", disk).start(main)).error is None
        assert disk.full_refusals == 1
        return rows[0]

    assert run(world, 1).value == 1


def test_a_power_cut_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    async def world() -> tuple[int, int]:
        disk, written, rows = Disk(tmp_path / "disk"), list[int](), list[int]()
        process = SimulatedProcess("t1", disk)

        async def write() -> None:
            database = await opened(disk.path)
            for number in range(100):
                await database.write(insert(number))
                written.append(number)

        async def read() -> None:
            database = await opened(disk.path)
            rows.append(await database.read(count))
            await database.close()

        process.start(write)
        await asyncio.sleep(0.2)
        process.cut()
        assert (await process.start(read)).error is None
        return len(written), rows[0]

    written, rows = run(world, 1).value
    assert 0 < written < 100
    assert rows - written in {0, 1}
