"""Workers of the books as processes on one PostgreSQL: killed in the middle of their work, and started again."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from sync.central.store.port import CentralStore
from tests.books.cases import balances, gates
from tests.books.town import Medium, publish, trip_fen
from tests.centre.cluster import Cluster
from tests.centre.test_commands import central
from tests.conformance.central_store import centre_on
from tests.sync.builders import NOON_MS

pytestmark = pytest.mark.centre

RIDERS: Final = 400
KILLED_AT: Final = (("book_tap", 1), ("adjustment", 40), ("adjustment", 200))
"""Where and when a worker dies: the first time that a table holds so many rows."""
PATIENCE_S: Final = 30.0


def worker(database: str, state: Path) -> subprocess.Popen[bytes]:
    """Start a process that brings the books up."""
    words = ("central", "--database", database, "--state", str(state), "books", "run")
    return subprocess.Popen([sys.executable, "-m", "edge.cli.main", *words], stdout=subprocess.DEVNULL)


async def until_held(cluster: Cluster, database: str, table: str, rows: int) -> None:
    """Return when a table holds so many rows."""
    deadline = time.monotonic() + PATIENCE_S
    while int(await asyncio.to_thread(cluster.ask, f"SELECT count(*) FROM {table}", database)) < rows:  # noqa: S608 - our own words
        assert time.monotonic() < deadline, f"{table} never held {rows} rows"


async def test_a_worker_that_is_killed_loses_nothing_and_does_nothing_twice(
    cluster: Cluster, database: str, store: CentralStore, tmp_path: Path
) -> None:
    centre = centre_on(store)
    await publish(centre)
    way_in, way_out = await gates(centre)
    for number in range(RIDERS):
        medium = Medium("bank_card", number.to_bytes(2, "big")[::-1] * 8)
        way_in.tap(medium, NOON_MS + number)
        way_out.tap(medium, NOON_MS + 600_000 + number)
        way_in.offer(Medium("code", number.to_bytes(2, "big")[::-1] * 8), NOON_MS + 700_000 + number)
    for one in (way_in, way_out):
        await one.upload(centre, 100)
    for table, rows in KILLED_AT:
        running = worker(database, tmp_path)
        await until_held(cluster, database, table, rows)
        running.kill()
        running.wait()
    central(database, tmp_path, "books", "run")
    fare = trip_fen("S0", "S3")
    assert await balances(store) == {
        ("issuer", "unionpay"): RIDERS * fare,
        ("operator", "town-transport"): -RIDERS * fare,
    }
    reconciled = await centre.bookkeeping.reconcile()
    assert (reconciled.differences, reconciled.behind) == ((), 0)
