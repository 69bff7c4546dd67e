"""Rows 98 and 99 of the fault catalogue, on a real server: a database that is full, slow, or lost its last commits."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web

from edge.domain.errors import StoreError
from sync.central.admission import RETRY_AFTER_S
from sync.central.intake import Accepted, Gap
from sync.central.server import served
from sync.central.store import postgres
from sync.central.store.port import CentralStore, Query, Work
from sync.central.store.postgres import open_postgres
from sync.paths import ACK_TYPE, BATCH_TYPE, batches_path
from tests.centre.cluster import Cluster
from tests.conformance.central_store import centre_on, enrolled, send
from tests.sync.builders import Ledger

pytestmark = pytest.mark.centre

FULL = """CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END$$;
    CREATE TRIGGER full_disk BEFORE INSERT ON {table} EXECUTE FUNCTION full_disk()"""
TABLES = ("batch", "entry", "posting")


async def posted(store: CentralStore, ledger: Ledger) -> tuple[int, str, str]:
    """Post a journal to a server on a store; returns status, type and Retry-After."""
    async with served(centre_on(store), 0.1) as runner, aiohttp.ClientSession() as session:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}{batches_path(ledger.terminal)}"
        async with session.post(url, data=ledger.packed(), headers={"Content-Type": BATCH_TYPE}) as answer:
            return answer.status, answer.content_type, answer.headers.get("Retry-After", "")


@pytest.mark.parametrize("table", TABLES)
async def test_row_98_a_full_database_acknowledges_nothing_and_takes_the_batch_once_there_is_space(
    table: str, cluster: Cluster, database: str, store: CentralStore
) -> None:
    ledger = await enrolled(centre_on(store))
    ledger.ride(1)
    cluster.ask(FULL.format(table=table), database)
    status, kind, retry_after = await posted(store, ledger)
    assert (status, kind) == (503, "application/problem+json")
    assert int(retry_after) >= RETRY_AFTER_S
    with pytest.raises(StoreError, match="STORE_FULL"):
        await send(centre_on(store), ledger)
    assert (await centre_on(store).books()).streams == ()
    cluster.ask(f"DROP TRIGGER full_disk ON {table}", database)
    assert await posted(store, ledger) == (200, ACK_TYPE, "")
    assert [line.entries for line in (await centre_on(store).books()).streams] == [2]


async def test_row_98_a_slow_database_acknowledges_nothing_and_later_answers(
    database: str, store: CentralStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = await enrolled(centre_on(store))
    ledger.ride(1)
    monkeypatch.setattr(postgres, "STATEMENT_TIMEOUT_S", 0.3)
    hurried = await open_postgres(database, "")
    locked = asyncio.Event()

    def holding() -> Work[None]:
        yield Query("LOCK TABLE entry IN EXCLUSIVE MODE")
        locked.set()
        yield Query("SELECT pg_sleep(3)")

    holder = asyncio.create_task(store.write(holding))
    await locked.wait()
    assert (await posted(hurried, ledger))[0] == 503
    await holder
    assert (await posted(hurried, ledger))[0] == 200
    await hurried.close()
    assert [line.entries for line in (await centre_on(store).books()).streams] == [2]


async def test_a_command_waits_for_sums_that_a_server_gives_up(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def summing() -> Work[None]:
        yield Query("SELECT pg_sleep(1)")

    monkeypatch.setattr(postgres, "STATEMENT_TIMEOUT_S", 0.3)
    hurried, patient = await open_postgres(database, ""), await open_postgres(database, "", patient=True)
    with pytest.raises(StoreError, match="STORE_UNREACHABLE"):
        await hurried.read(summing)
    await patient.read(summing)
    for each in (hurried, patient):
        await each.close()


async def test_row_99_what_a_failover_lost_is_asked_for_again_and_counted_once(cluster: Cluster, database: str) -> None:
    store = await open_postgres(database, "")
    ledger = await enrolled(centre_on(store))
    for tap in range(6):
        ledger.ride(tap)
        await send(centre_on(store), ledger, ledger.last - 1)
    standby = cluster.back_up(database)
    ledger.ride(6)
    before = (await send(centre_on(store), ledger, ledger.last - 1)).ack
    assert before.acked_seq == 14
    await store.close()
    cluster.restore(database, standby)
    store = await open_postgres(database, "")
    centre = centre_on(store)
    await centre.restored()
    ledger.ride(7)
    gap = await send(centre, ledger, ledger.last - 1)
    assert isinstance(gap.verdict, Gap)
    assert (gap.ack.acked_seq, gap.ack.expected_seq) == (12, 13)
    assert gap.ack.centre_epoch > before.centre_epoch
    assert isinstance((await send(centre, ledger, gap.ack.expected_seq)).verdict, Accepted)
    books = await centre.books()
    assert [(line.acked_seq, line.entries) for line in books.streams] == [(16, 16)]
    assert [(line.taps, line.payer_fen) for line in books.media] == [(8, 800)]
    assert books.problems == ()
    await store.close()
