"""A small city for the loop's own tests: terminals that write, send and lose power. As a program it tells its trace.

Each terminal process writes numbered rows in one-job transactions, sends them over a faulty line to a centre that
stores them once each, and loses its power at random and at commit boundaries. Nothing of the product is in it.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import aiosqlite

from edge.domain.errors import UplinkError
from edge.simulation.disk import Disk
from edge.simulation.faults import FaultClass, Faults
from edge.simulation.life import Boundary
from edge.simulation.loop import simulation_loop
from edge.simulation.network import NETWORK_FAULTS, Destination, Line, Reply, Request
from edge.simulation.process import SimulatedProcess
from edge.simulation.run import Result, run

T = TypeVar("T")

POWER_CUT = FaultClass("power_cut", 0.002, "the power failed at a boundary of a database job")
SCHEMA = "CREATE TABLE IF NOT EXISTS t (terminal TEXT, n INTEGER, PRIMARY KEY (terminal, n))"


class Store:
    """One database with one-job transactions."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, disk: Disk) -> Store:
        connection = await aiosqlite.connect(disk.path / "t.db", isolation_level=None)
        for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=0"):
            await connection.execute(f"PRAGMA {pragma}")
        await connection.execute(SCHEMA)
        return cls(connection)

    async def insert(self, terminal: str, number: int) -> None:
        await self._job(partial(_insert, terminal=terminal, number=number))

    async def last(self, terminal: str) -> int:
        question = "SELECT coalesce(max(n), 0) FROM t WHERE terminal = ?"
        return await self._job(lambda raw: int(raw.execute(question, (terminal,)).fetchone()[0]))

    async def _job(self, function: Callable[[sqlite3.Connection], T]) -> T:
        raw = self._connection._conn  # noqa: SLF001 - the private door of 0.22.1
        value: T = await self._connection._execute(function, raw)  # type: ignore[no-untyped-call]  # noqa: SLF001 - as above
        return value


def _insert(raw: sqlite3.Connection, terminal: str, number: int) -> None:
    raw.execute("BEGIN IMMEDIATE")
    raw.execute("INSERT OR IGNORE INTO t VALUES (?, ?)", (terminal, number))
    raw.execute("COMMIT")


@dataclass(slots=True)
class City:
    """What the world knows: the rows written durably and those that the centre acknowledged, by terminal."""

    folder: Path
    faults: Faults
    taps: int
    written: dict[str, int] = field(default_factory=dict)
    acked: dict[str, int] = field(default_factory=dict)


async def centre(destination: Destination) -> None:
    store = await Store.open(destination.process.disk)

    async def take(request: Request) -> Reply:
        terminal, number = json.loads(request.body)
        await store.insert(terminal, number)
        return Reply(200, "application/json", json.dumps(number).encode())

    destination.service = take
    await asyncio.get_running_loop().create_future()


async def terminal(city: City, name: str, disk: Disk, line: Line) -> None:
    store, rows = await Store.open(disk), asyncio.Queue[int](8)
    begin = await store.last(name) + 1
    pause = simulation_loop().streams.stream(f"rider/{name}")

    async def write() -> None:
        for number in range(begin, city.taps + 1):
            await asyncio.sleep(pause.expovariate(1 / 30))
            await store.insert(name, number)
            city.written[name] = number
            simulation_loop().trace.mark(f"{name} wrote {number}")
            await rows.put(number)

    async def send() -> None:
        for number in range(city.acked.get(name, 0) + 1, city.taps + 1):
            while number >= begin and await rows.get() < number:
                pass
            await _send_until_acked(line, name, number)
            city.acked[name] = number

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        tasks.create_task(send())


async def _send_until_acked(line: Line, name: str, number: int) -> None:
    while True:
        try:
            reply = await line.post("/rows", json.dumps([name, number]).encode(), "application/json")
        except UplinkError:
            await asyncio.sleep(5)
        else:
            if reply.content_type == "application/json" and json.loads(reply.body) == number:
                return
            await asyncio.sleep(5)


async def live_through(city: City, name: str, line: Line) -> None:
    """Start a terminal again after every cut until it has done its work."""
    disk = Disk(city.folder / name)
    process = SimulatedProcess(name, disk)

    def at(_boundary: Boundary) -> None:
        if city.faults.strike(POWER_CUT, name):
            process.cut()

    for _ in range(city.taps):
        ending = await process.start(partial(terminal, city, name, disk, line), at)
        if ending.error is not None:
            raise ending.error
        if not ending.cut:
            return
        await asyncio.sleep(20)


async def city_of(terminals: int, taps: int, folder: Path) -> dict[str, int]:
    faults = Faults(simulation_loop().streams, [*NETWORK_FAULTS, POWER_CUT])
    city = City(folder, faults, taps)
    process = SimulatedProcess("centre", Disk(folder / "centre"))
    destination = Destination(process, _nobody)
    process.start(partial(centre, destination))
    names = [f"bus-{number}" for number in range(terminals)]
    await asyncio.gather(*(live_through(city, name, Line(name, destination, faults)) for name in names))
    assert city.written == city.acked == dict.fromkeys(names, taps)
    process.cut()
    _demand_all_rows(folder / "centre" / "t.db", terminals * taps)
    return dict(faults.injected)


def _demand_all_rows(path: Path, expected: int) -> None:
    connection = sqlite3.connect(path)
    (count,) = connection.execute("SELECT count(*) FROM t").fetchone()
    connection.close()
    assert count == expected


async def _nobody(_request: Request) -> Reply:
    return Reply(503, "text/plain", b"")


def run_city(seed: int, *, terminals: int = 3, taps: int = 40) -> Result[dict[str, int]]:
    """Run the small city on a memory file system where there is one."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made inside
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        return run(lambda: city_of(terminals, taps, Path(folder)), seed)


if __name__ == "__main__":
    began = time.perf_counter()
    outcome = run_city(int(sys.argv[1]), taps=int(sys.argv[2]))
    elapsed_s = time.perf_counter() - began
    figures = {"steps": outcome.steps, "virtual_ms": outcome.virtual_ms, "injected": outcome.value}
    print(json.dumps({"trace_hash": outcome.trace_hash, "steps_per_s": outcome.steps / elapsed_s, **figures}))  # noqa: T201 - read by the test that starts it
