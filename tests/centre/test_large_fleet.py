"""Ten thousand terminals: each page of the list, wherever it lies, and each count is there at once."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from sync.central.device_reports import UNTOLD_MS
from sync.central.fleet.terminals import ROWS, Sought, counts_work, terminals_work
from sync.central.store import report_statements as reports
from sync.central.store import rollout_statements as rollout
from sync.central.store import statements as sql
from sync.central.store.port import CentralStore, Work, insert_all
from sync.central.store.sqlite import open_sqlite
from sync.wire import pack
from tests.sync.builders import NOON_MS

pytestmark = pytest.mark.centre

COUNT: Final = 10_000
PAGE_S_MAX: Final = 2.0
"""Of a page and its counts, on a machine that does other things too."""


async def test_on_postgresql(store: CentralStore) -> None:
    await _walk(store)


async def test_on_sqlite(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "central.db")
    try:
        await _walk(store)
    finally:
        await store.close()


async def _walk(store: CentralStore) -> None:
    await store.write(_rows)
    loop = asyncio.get_running_loop()
    for order in ("trouble", "oldest", "clock"):
        begun_s, after, seen = loop.time(), Sought().after, set()
        for _ in range(2):
            page = await store.read(partial(terminals_work, Sought(order, after=after), ROWS, NOON_MS))
            seen |= {row.terminal for row in page}
            after = (page[-1].place, page[-1].terminal)
        assert len(seen) == 2 * ROWS
        assert (loop.time() - begun_s) / 2 < PAGE_S_MAX, order
    begun_s = loop.time()
    states, groups = await store.read(partial(counts_work, NOON_MS))
    assert loop.time() - begun_s < PAGE_S_MAX
    assert (sum(states.values()), states["gap"], groups) == (COUNT, COUNT // 100, {"pilot": COUNT // 100})


def _rows() -> Work[None]:
    names = [f"bus-{number:05}" for number in range(COUNT)]
    yield from insert_all(sql.ADD_TERMINAL, [(name, NOON_MS, NOON_MS - place) for place, name in enumerate(names)])
    streams = [(name, epoch, b"", 0, epoch, 1, 9, b"", b"") for name in names for epoch in (1, 2)]
    yield from insert_all(sql.ADD_STREAMS, streams)
    yield from insert_all(rollout.ADD_MOVE, [(name, 1, "pilot", NOON_MS) for name in names[::100]])
    yield from insert_all(sql.ADD_GAPS, [(name, 2, 10, 12, NOON_MS) for name in names[::100]])
    nothing = pack({})
    told = [
        (NOON_MS, 0, UNTOLD_MS + place % 2 * place, "1", "bus", "", 1, place % 7, place, nothing, nothing, name)
        for place, name in enumerate(names)
    ]
    yield from insert_all(reports.ADD_REPORT, told)
