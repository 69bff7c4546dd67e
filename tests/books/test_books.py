"""The books on SQLite: the common cases, and a worker that is killed anywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from edge.domain.errors import StoreError
from sync.central.books.closing import close_day
from sync.central.store.port import CentralStore, Work
from sync.central.store.sqlite import open_sqlite
from tests.books.cases import DAY, DAY_MS, MINUTE_MS, BookCases, dump_work, gates
from tests.books.town import Medium, device, elder, publish
from tests.conformance.central_store import centre_on
from tests.sync.builders import NOON_MS

pytestmark = pytest.mark.centre

T = TypeVar("T")


class TestBooks(BookCases):
    """The fixture ``store`` is a file of our own."""


class Mortal:
    """A store whose process dies after some writes."""

    def __init__(self, store: CentralStore, writes: int) -> None:
        self._store = store
        self.broken = store.broken
        self.left = writes

    async def write(self, work: Callable[[], Work[T]]) -> T:
        if not self.left:
            raise StoreError("STORE_IO", "killed on purpose")
        self.left -= 1
        return await self._store.write(work)

    async def read(self, work: Callable[[], Work[T]]) -> T:
        return await self._store.read(work)

    async def close(self) -> None:
        await self._store.close()


async def rows_after_kills(folder: Path, writes: int) -> tuple[object, bool]:
    """Close a small day with a worker that dies after so many writes and is started again; returns all rows."""
    store = await open_sqlite(folder / f"{writes}.db")
    centre = centre_on(store)
    await publish(centre)
    way_in, way_out = await gates(centre)
    for number in range(4):
        medium = Medium("bank_card", bytes([number]) * 16)
        way_in.tap(medium, NOON_MS + number)
        if number:
            way_out.tap(medium, NOON_MS + 10 * MINUTE_MS + number)
    purse = Medium("purse", b"P" * 16, elder(b"H" * 16))
    buses = [await device(centre, name) for name in ("BUS-1", "BUS-2")]
    for bus in buses:
        bus.tap(purse, NOON_MS)
    for one in (way_in, way_out, *buses):
        await one.upload(centre)
    mortal, killed = Mortal(store, writes), False
    try:
        await close_day(mortal, DAY, lambda: NOON_MS + DAY_MS)
    except StoreError:
        killed = True
        await close_day(store, DAY, lambda: NOON_MS + DAY_MS)
    rows = await store.read(dump_work)
    await store.close()
    return rows, killed


async def test_a_worker_that_is_killed_anywhere_leaves_the_rows_that_it_would_have_written(tmp_path: Path) -> None:
    whole, killed = await rows_after_kills(tmp_path, 1_000)
    assert not killed
    writes = 0
    while killed or not writes:
        rows, killed = await rows_after_kills(tmp_path, writes)
        assert rows == whole, f"killed after {writes} writes"
        writes += 1
    assert writes > 15
