"""PostgreSQL with tables divided by business day, as the guide says: one with rows, and a closed month that moves."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from sync.central.exports.day_files import export_day
from sync.central.store.port import CentralStore
from tests.books.cases import DAY, DAY_MS
from tests.books.file_cases import Town
from tests.books.town import Medium, device
from tests.centre.cluster import SERVICE_USER, Cluster
from tests.centre.partitions import DIVIDE, DIVIDED, MOVE
from tests.conformance.central_store import centre_on
from tests.sync.builders import NOON_MS

pytestmark = pytest.mark.centre


async def test_a_store_with_rows_is_divided_and_keeps_them(
    cluster: Cluster, database: str, store: CentralStore, tmp_path: Path
) -> None:
    town = await Town(store).live()
    await town.import_results(await town.answered(tmp_path))
    before = await town.balances()
    cluster.ask(DIVIDE, database)
    assert await town.balances() == before
    assert (await centre_on(store).bookkeeping.reconcile()).differences == ()
    empty = [table for table in DIVIDED if not rows_of(cluster, database, f"{table}_2026_06")]
    assert (empty, [table for table in DIVIDED if rows_of(cluster, database, f"{table}_rest")]) == ([], [])


def rows_of(cluster: Cluster, database: str, table: str) -> int:
    return int(cluster.ask(f"SELECT count(*) FROM {table}", database))  # noqa: S608 - our own names


async def test_a_closed_month_moves_to_other_disks_and_late_records_find_it(
    cluster: Cluster, database: str, store: CentralStore, tmp_path: Path
) -> None:
    cluster.ask(DIVIDE, database)
    town = await Town(store).live()
    await export_day(town.ask, DAY, tmp_path / "before")
    archive = cluster.folder / "archive"
    archive.mkdir()
    if os.geteuid() == 0:
        owner = pwd.getpwnam(SERVICE_USER)
        os.chown(archive, owner.pw_uid, owner.pw_gid)
    for statement in MOVE.replace("/srv/onecard-archive", str(archive)).split(";\n", 1):
        cluster.ask(statement, database)
    late = await device(town.centre, "BUS-late")
    late.tap(Medium("bank_card", b"L" * 16), NOON_MS)
    await late.upload(town.centre)
    closing = await centre_on(store, NOON_MS + 5 * DAY_MS).bookkeeping.close(DAY + 4)
    assert (closing.is_balanced, sum(total.late_fen != 0 for total in closing.totals)) == (True, 2)
    reconciled = await centre_on(store).bookkeeping.reconcile()
    assert reconciled.differences == ()
    assert ("late_record", "BUS-late/1/1") in {(one.name, one.about) for one in reconciled.explanations}
    await export_day(town.ask, DAY, tmp_path / "after")
    assert contents(tmp_path / "before") == contents(tmp_path / "after")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
