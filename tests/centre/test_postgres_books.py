"""The books on PostgreSQL: the common cases on a real server, in partitions, and by several workers at once."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

import sync.central
from sync.central.books.worker import bring_up
from sync.central.store.port import CentralStore
from sync.central.store.postgres import open_postgres
from tests.books.cases import DAY, DAY_MS, BookCases, balances, gates
from tests.books.town import Medium, publish, trip_fen
from tests.centre.cluster import Cluster
from tests.conformance.central_store import centre_on
from tests.sync.builders import NOON_MS

pytestmark = pytest.mark.centre

GUIDE = Path(sync.central.__file__).with_name("DATABASE.md").read_text("utf-8")


class TestPostgresBooks(BookCases):
    """The fixture ``store`` is a fresh place in the session's cluster."""


async def test_workers_of_several_processes_share_the_work(database: str, store: CentralStore) -> None:
    other = await open_postgres(database, "")
    centre = centre_on(store)
    await publish(centre)
    way_in, way_out = await gates(centre)
    for number in range(200):
        medium = Medium("bank_card", number.to_bytes(2, "big") * 8)
        way_in.tap(medium, NOON_MS + number)
        way_out.tap(medium, NOON_MS + 600_000 + number)
    for one in (way_in, way_out):
        await one.upload(centre, 50)
    await asyncio.gather(*(bring_up(place) for place in (store, other, store, other)))
    assert (await balances(store))["issuer", "unionpay"] == 200 * trip_fen("S0", "S3")
    reconciled = await centre.bookkeeping.reconcile()
    assert (reconciled.differences, reconciled.behind) == ((), 0)
    await other.close()


async def test_a_table_of_the_books_is_divided_by_days_as_the_guide_says(
    cluster: Cluster, database: str, store: CentralStore
) -> None:
    centre = centre_on(store)
    await publish(centre)
    way_in, way_out = await gates(centre)
    way_in.tap(Medium("bank_card", b"B" * 16), NOON_MS)
    way_out.tap(Medium("purse", b"P" * 16), NOON_MS)
    await way_out.upload(centre)
    await bring_up(store)
    blocks = re.findall(r"```sql\n(.*?)```", GUIDE, re.DOTALL)
    cluster.ask(next(block for block in blocks if "PARTITION" in block), database)
    await way_in.upload(centre)
    closing = await centre_on(store, NOON_MS + DAY_MS).bookkeeping.close(DAY)
    assert closing.is_balanced
    assert (await centre.bookkeeping.reconcile()).differences == ()
    assert int(cluster.ask("SELECT count(*) FROM book_line_2026_06", database)) > 0
