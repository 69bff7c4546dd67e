"""The books on PostgreSQL: the common cases on a real server, and by several workers at once."""

from __future__ import annotations

import asyncio

import pytest

from sync.central.books.worker import bring_up
from sync.central.store.port import CentralStore
from sync.central.store.postgres import PostgresStore, open_postgres
from tests.books.cases import BookCases, balances, gates
from tests.books.town import Medium, publish, trip_fen
from tests.centre.cluster import Cluster
from tests.centre.partitions import DIVIDE
from tests.conformance.central_store import centre_on
from tests.sync.builders import NOON_MS

pytestmark = pytest.mark.centre


class TestPostgresBooks(BookCases):
    """The fixture ``store`` is a fresh place in the session's cluster, divided by days."""

    @pytest.fixture
    async def store(self, cluster: Cluster, database: str, store: PostgresStore) -> PostgresStore:
        cluster.ask(DIVIDE, database)
        return store


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
