"""A removed disk at a depot: drained by ``onecard courier --state`` under its old identity, and otherwise untouched."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.scenarios.running_line import Ended, onecard
from tests.sync.courier_rig import DENY, TARIFF, Trip, contents, one_device

pytestmark = pytest.mark.line

RIDES, SALVAGED_RIDES = 30, 4


@dataclass
class Depot:
    """A disk of two epochs that was taken out of its device, a depot PC, and the centre far away."""

    going: Trip
    disk: Path

    async def courier(self, *words: str) -> Ended:
        return await onecard("courier", *words, str(self.going.stick), "--state", str(self.disk), "--json")

    async def central(self, *words: str) -> Ended:
        """Run the centre's end; no centre is running meanwhile."""
        await self.going.host.stop()
        ended = await onecard("central", *words, "--state", str(self.going.host.folder), "--json")
        await self.going.host.start()
        return ended

    async def central_courier(self, way: str) -> Ended:
        return await self.central("courier", way, str(self.going.stick))

    def other_files(self) -> dict[str, bytes]:
        """Return every file of the disk but the journals."""
        files = [path for path in self.disk.rglob("*") if path.is_file()]
        return {str(path): path.read_bytes() for path in files if not path.name.startswith("journal")}

    def journals(self) -> dict[str, list[str]]:
        """Return every row of every journal but the watermarks, which acks may move."""
        rows = {path.name: contents(path) for path in sorted(self.disk.glob("journal*.db"))}
        return {name: [row for row in found if '"standing"' not in row] for name, found in rows.items()}


@pytest_asyncio.fixture
async def depot(tmp_path: Path) -> AsyncIterator[Depot]:
    async with one_device(tmp_path) as (going, device):
        await going.host.centre.publish([TARIFF, DENY])
        await device.ride(RIDES)
        await device.stop()
        device.salvage()
        await device.start()
        await device.ride(SALVAGED_RIDES)
        await device.stop()
        disk = tmp_path / "depot" / "disk"
        shutil.copytree(device.state, disk)
        shutil.rmtree(device.folder)
        yield Depot(going, disk)


async def test_both_epochs_are_drained_and_nothing_but_the_watermarks_has_changed(depot: Depot) -> None:
    files, rows = depot.other_files(), depot.journals()
    exported = await depot.courier("export")
    assert exported.facts["entries"] == 2 * (RIDES + SALVAGED_RIDES)
    assert (depot.other_files(), depot.journals()) == (files, rows)
    received = await depot.central_courier("import")
    assert (received.code, received.facts["refused"]) == (0, [])
    assert (await depot.central_courier("export")).facts["edition"] == 1
    brought = await depot.courier("import")
    assert (brought.code, brought.facts["acked"]) == (0, {"1": 2 * RIDES, "2": 2 * SALVAGED_RIDES})
    assert (depot.other_files(), depot.journals()) == (files, rows)
    assert (await depot.courier("export")).code == 3
    books = (await depot.central("reconcile")).facts
    assert [line["entries"] for line in books["streams"]] == [2 * RIDES, 2 * SALVAGED_RIDES]
    assert books["balanced"] is True


async def test_a_disk_whose_enrolment_was_cut_short_is_drained_all_the_same(depot: Depot) -> None:
    """An enrolment cut after the old grant went out of force: no grant is in force, and none of its entries is lost."""
    (depot.disk / "grant").rename(depot.disk / "grant-2")
    (depot.disk / "journal.db").rename(depot.disk / "journal-2.db")
    assert (await depot.courier("export")).facts["entries"] == 2 * (RIDES + SALVAGED_RIDES)
    assert (await depot.central_courier("import")).facts["refused"] == []


async def test_an_export_that_is_given_again_writes_nothing(depot: Depot) -> None:
    await depot.courier("export")
    again = await depot.courier("export")
    assert (again.code, again.facts["written"]) == (0, 0)


async def test_an_epoch_that_cannot_be_read_is_told_and_none_is_passed_over(depot: Depot) -> None:
    (depot.disk / "journal-1.db").write_bytes(b"not a database, but eight thousand bytes of nothing" * 200)
    ended = await depot.courier("export")
    assert ended.code == 40
    assert "STORE_CORRUPT" in ended.err
    assert list(depot.going.stick.glob("*/batches")) == []


async def test_an_empty_stick_brings_nothing(depot: Depot) -> None:
    ended = await depot.courier("import")
    assert (ended.code, ended.facts["acks_new"]) == (3, 0)


async def test_a_folder_that_is_no_disk_is_told(depot: Depot) -> None:
    ended = await onecard("courier", "export", str(depot.going.stick), "--state", str(depot.going.folder))
    assert ended.code == 80
    assert "NOT_ENROLLED" in ended.err
