"""A day of a million taps in the books: built once, and closed by a process of its own (``-m``)."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sync.central.books.bookkeeping import Bookkeeping
from sync.central.books.worker import bring_up
from sync.central.store import book_statements as books
from sync.central.store.port import Cell, CentralStore, Query, Work, insert_all, insert_rows
from sync.central.store.sqlite import open_sqlite
from tests.books.town import OPERATOR, Medium, device, publish
from tests.conformance.central_store import centre_on
from tests.sync.builders import NOON_MS

TAPS: Final = 1_000_000
INSIDE: Final = 10_000
"""Riders who found no exit: their rides are priced at the closing."""
BUSES: Final = 1_000
DAY: Final = 20260601
DAY_MS: Final = 86_400_000
FARE_FEN: Final = 200
AT_ONCE: Final = 20


async def build(path: Path) -> None:
    """Make a store whose day has so many taps: riders still inside by real journals, all else as stored postings."""
    store = await open_sqlite(path)
    try:
        centre = centre_on(store)
        await publish(centre)
        gate = await device(centre, "G-in", gate="in", station="S0")
        for number in range(INSIDE):
            gate.tap(Medium("bank_card", b"G" + number.to_bytes(15, "big")), NOON_MS + number)
        await gate.upload(centre)
        await bring_up(store)
        for first in range(0, BUSES, AT_ONCE):
            await store.write(lambda first=first: _stored(range(first, first + AT_ONCE)))  # type: ignore[misc]  # of this turn
    finally:
        await store.close()


def _stored(buses: range) -> Work[None]:
    """Store what the worker would have posted of some buses: an issuer's and the operator's line of each tap."""
    taps = (TAPS - INSIDE) // BUSES
    yield insert_rows(books.ADD_MARKS, [(f"BUS-{bus}", 1, taps, taps) for bus in buses])
    yield from insert_all(books.ADD_BOOK_LINES, list(_lines(buses, taps)))


def _lines(buses: range, taps: int) -> Iterator[tuple[Cell, ...]]:
    for bus in buses:
        for seq in range(1, taps + 1):
            token = (seq * 7919 + bus).to_bytes(16, "big")
            head = (f"BUS-{bus}", 1, seq)
            yield (*head, 0, DAY, "issuer", "unionpay" if seq % 3 else "jtt1179", token, FARE_FEN)
            yield (*head, 1, DAY, "operator", f"{OPERATOR}-{bus % 5}", token, -FARE_FEN)


async def _measure(path: Path) -> dict[str, float]:
    store = await open_sqlite(path)
    try:
        keeping = Bookkeeping(store, lambda: NOON_MS + DAY_MS)
        start = time.perf_counter()
        await _plain_sum(store)
        floor_s = time.perf_counter() - start
        start = time.perf_counter()
        closing = await keeping.close(DAY)
        closing_s = time.perf_counter() - start
        start = time.perf_counter()
        repriced = await keeping.reprice(DAY)
        reprice_s = time.perf_counter() - start
    finally:
        await store.close()
    lines = sum(total.lines for total in closing.totals)
    return {
        "floor_s": floor_s,
        "closing_s": closing_s,
        "lines": lines,
        "balanced": closing.is_balanced,
        "repriced_per_s": repriced.taps / reprice_s,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


async def _plain_sum(store: CentralStore) -> None:
    """Sum the same lines by one statement, as the floor."""

    def work() -> Work[None]:
        yield Query("SELECT account, party, sum(fen), count(*) FROM book_line GROUP BY account, party")

    await store.read(work)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_measure(Path(sys.argv[1])))))
