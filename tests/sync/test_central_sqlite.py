"""The centre's store on SQLite: the common cases, and what is SQLite's own."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge.domain.errors import StoreError
from sync.central.store import sqlite
from sync.central.store.port import CentralStore, Query, Work
from sync.central.store.sqlite import SqliteStore, open_sqlite
from tests.conformance.central_ingest import CentralIngestCases
from tests.conformance.central_store import CentralStoreCases, centre_on, enrolled, send
from tests.conformance.central_trust import CentralTrustCases, authority  # noqa: F401 - a fixture of these cases
from tests.conformance.device_report_cases import DeviceReportCases
from tests.conformance.fleet_cases import FleetCases
from tests.conformance.rollout_cases import RolloutCases
from tests.sync.schemas import FIRST_SCHEMA, TABLES


class TestSqliteStore(
    CentralStoreCases,
    CentralIngestCases,
    CentralTrustCases,
    DeviceReportCases,
    FleetCases,
    RolloutCases,
):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[CentralStore]:
        opened = await open_sqlite(tmp_path / "central.db")
        yield opened
        await opened.close()


async def test_a_second_owner_is_refused(tmp_path: Path) -> None:
    first = await open_sqlite(tmp_path / "central.db")
    try:
        with pytest.raises(StoreError, match="STORE_LOCKED"):
            await open_sqlite(tmp_path / "central.db")
    finally:
        await first.close()
    for thread in [thread for thread in threading.enumerate() if "connection_worker" in thread.name]:
        thread.join(timeout=5)
        assert not thread.is_alive()


async def test_a_store_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "central.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="STORE_NEWER"):
        await open_sqlite(tmp_path / "central.db")


async def test_a_store_of_the_first_release_is_brought_up_to_date(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "central.db") as connection:
        for statement in FIRST_SCHEMA:
            connection.execute(statement)
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    store = await open_sqlite(tmp_path / "central.db")
    ledger = await enrolled(centre_on(store))
    ledger.ride(1)
    await send(centre_on(store), ledger)
    assert (await centre_on(store).books()).problems == ()
    await store.close()
    connection = sqlite3.connect(tmp_path / "central.db")
    assert {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")} == {*TABLES}
    connection.close()


async def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "central.db").write_bytes(b"not a database, whatever its name says" * 100)
    with pytest.raises(StoreError, match="STORE_CORRUPT"):
        await open_sqlite(tmp_path / "central.db")


async def test_everything_is_there_after_reopening(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "central.db")
    ledger = await enrolled(centre_on(store))
    ledger.ride(1)
    await send(centre_on(store), ledger)
    before = await centre_on(store).books()
    await store.close()
    store = await open_sqlite(tmp_path / "central.db")
    assert await centre_on(store).books() == before
    await store.close()


async def test_a_failed_write_ends_the_connection_and_loses_nothing_before_it(tmp_path: Path) -> None:
    """The kernel refuses to let the file grow: a real I/O error in the middle of a transaction."""
    store = await open_sqlite(tmp_path / "central.db")
    ledger = await enrolled(centre_on(store))
    ledger.ride(1)
    await send(centre_on(store), ledger)
    before = await centre_on(store).books()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "central.db-wal").stat().st_size, hard))
    ledger.ride(2)
    try:
        with pytest.raises(StoreError, match="STORE_IO"):
            await send(centre_on(store), ledger)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert store.broken.is_set()
    with pytest.raises(StoreError, match="opened anew"):
        await centre_on(store).books()
    await store.close()
    store = await open_sqlite(tmp_path / "central.db")
    assert await centre_on(store).books() == before
    assert (await send(centre_on(store), ledger)).ack.acked_seq == 4
    await store.close()


async def test_the_log_is_copied_back_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "WRITES_PER_CHECKPOINT", 2)
    store = await open_sqlite(tmp_path / "central.db")
    ledger = await enrolled(centre_on(store))
    sizes = set()
    for tap in range(12):
        ledger.ride(tap)
        await send(centre_on(store), ledger)
        sizes.add((tmp_path / "central.db-wal").stat().st_size)
    assert len(sizes) < 12
    await store.close()


async def test_a_cancelled_caller_leaves_a_whole_transaction(tmp_path: Path) -> None:
    store: SqliteStore = await open_sqlite(tmp_path / "central.db")

    def work() -> Work[None]:
        yield Query("INSERT INTO fact (name, number) VALUES ('a', 1)")
        yield Query("INSERT INTO fact (name, number) VALUES ('b', 1)")

    def count() -> Work[object]:
        return (yield Query("SELECT count(*) FROM fact"))[0][0]

    writing = asyncio.create_task(store.write(work))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await store.read(count) in (0, 2)
    await store.close()


async def test_a_file_that_cannot_be_opened_is_not_called_corrupt(tmp_path: Path) -> None:
    """Regression: every error at the start told the operator that the store was damaged."""
    with pytest.raises(StoreError, match="STORE_IO"):
        await open_sqlite(tmp_path)
