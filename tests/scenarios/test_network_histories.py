"""What happens between a terminal and its centre over weeks: backups, copied disks, new enrolments, spare grants."""

from __future__ import annotations

import asyncio
import shutil
from functools import partial
from pathlib import Path

import pytest

from edge.domain.errors import ConfigError, StoreError
from sync.central.device_reports import reports_work
from sync.enrolment_files import journal_lock, load_enrolment
from tests.scenarios.network_rig import PATIENCE_S, CentreHost, Device, Rig, network_rig, until

pytestmark = pytest.mark.line


async def totals(rig: Rig) -> tuple[int, int]:
    """Return entries and earned taps at the centre, where the books add up."""
    books = await rig.books()
    assert books.problems == ()
    return sum(line.entries for line in books.streams), sum(line.taps for line in books.media)


async def aside(rig: Rig) -> tuple[int, int]:
    """Return how many entries the centre keeps aside, and the money in suspense with them, in fen."""
    lines = (await rig.books()).streams
    return sum(line.conflict_entries for line in lines), sum(line.conflict_fen for line in lines)


async def test_row_58_a_centre_restored_from_an_old_backup_is_filled_again(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        await rig.device.ride(5)
        async with rig.syncing():
            await rig.drained()
            await rig.host.back_up()
            await rig.device.ride(5)
            await rig.drained()
            await rig.host.restore()
            await rig.device.ride(1)
            await rig.drained()
        assert await totals(rig) == (22, 11)


async def test_row_58_a_restored_centre_is_filled_again_by_a_terminal_with_nothing_new(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        await rig.device.ride(5)
        async with rig.syncing():
            await rig.drained()
        await rig.host.back_up()
        await rig.device.ride(5)
        async with rig.syncing():
            await rig.drained()
        await rig.host.restore()
        assert await totals(rig) == (10, 5)
        async with rig.syncing(), asyncio.timeout(PATIENCE_S):
            while await totals(rig) != (20, 10):  # noqa: ASYNC110 - the store signals nothing
                await asyncio.sleep(0.01)


async def test_row_58_a_restored_centre_that_does_not_say_so_is_reported_and_filled_once_it_does(
    tmp_path: Path,
) -> None:
    async with network_rig(tmp_path) as rig:
        await rig.host.back_up()
        await rig.device.ride(5)
        async with rig.syncing():
            await rig.drained()
        await rig.host.restore(declared=False)
        await rig.device.ride(1)
        async with rig.syncing() as process:
            await until(lambda: process.progress.trouble == "CENTRE_REFUSED")
            assert await totals(rig) == (0, 0)
            await rig.host.centre.restored()
            await rig.drained()
            await until(lambda: not process.progress.trouble)
        assert await totals(rig) == (12, 6)


async def test_row_59_of_two_centres_the_one_restored_last_is_heeded_and_the_other_refused(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        await rig.device.ride(3)
        async with rig.syncing():
            await rig.drained()
        await rig.host.stop()
        shutil.copytree(rig.host.folder, tmp_path / "other")
        await rig.host.start()
        await rig.host.centre.restored()
        await rig.device.ride(1)
        async with rig.syncing():
            await rig.drained()
        other = CentreHost(tmp_path / "other")
        await other.start()
        here, rig.proxy.target = rig.proxy.target, ("127.0.0.1", other.port)
        await rig.device.ride(1)
        async with rig.syncing() as process:
            await until(lambda: process.progress.trouble == "ACK_FOREIGN")
            assert [stream.position()["acked"] for stream in rig.device.journals] == [8]
        await other.stop()
        rig.proxy.target = here
        async with rig.syncing():
            await rig.drained()
        assert await totals(rig) == (10, 5)


async def test_row_60_an_old_image_goes_on_in_a_new_epoch_and_what_it_sold_before_is_kept_aside(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        await rig.device.ride(3)
        await rig.device.stop()
        image = rig.device.copy(tmp_path / "image")
        await rig.device.start()
        await rig.device.ride(2)
        async with rig.syncing():
            await rig.drained()
        await rig.device.stop()
        await image.start()
        await image.ride(1)
        async with rig.syncing(image) as process:
            await until(lambda: process.progress.stopped == {1: "CHAIN_FORK"})
        assert await aside(rig) == (2, 200)
        await image.stop()
        await image.enrol(rig.host.centre, f"http://127.0.0.1:{rig.host.port}")
        await image.start()
        await image.ride(1)
        async with rig.syncing(image):
            await until(image.journals[-1].drained)
        await image.stop()
        assert await totals(rig) == (12, 6)
        await rig.device.start()


async def test_row_61_a_copied_disk_leaves_both_tails_and_an_alarm(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        await rig.device.ride(3)
        await rig.device.stop()
        twin = rig.device.copy(tmp_path / "twin")
        await rig.device.start()
        await twin.start()
        await rig.device.ride(4)
        await twin.ride(2)
        async with rig.syncing():
            await rig.drained()
        async with rig.syncing(twin) as process:
            await until(lambda: bool(process.progress.stopped))
        assert process.progress.stopped == {1: "CHAIN_FORK"}
        assert [stream.position()["acked"] for stream in twin.journals] == [0]
        assert [stream.feed.position().fence for stream in twin.journals] == ["CHAIN_FORK"]
        assert [stream.feed.position().fence for stream in rig.device.journals] == [""]
        await twin.stop()
        books = await rig.books()
        assert books.problems == ()
        assert [(line.entries, line.conflict_entries, line.conflict_fen) for line in books.streams] == [(14, 4, 400)]
        assert [alarm[2] for alarm in books.alarms] == ["chain_fork"]


@pytest.mark.parametrize("part", [1, 2, 3])
async def test_row_61_a_twin_that_sends_in_small_parts_keeps_what_only_it_holds(part: int, tmp_path: Path) -> None:
    """Regression: the centre kept the first part of its tail alone."""
    async with network_rig(tmp_path) as rig:
        await rig.device.ride(3)
        await rig.device.stop()
        twin = rig.device.copy(tmp_path / "twin")
        await rig.device.start()
        await twin.start()
        await rig.device.ride(4)
        await twin.ride(2)
        async with rig.syncing():
            await rig.drained()
        async with rig.syncing(twin, entries_max=part) as process, asyncio.timeout(PATIENCE_S):
            while (await aside(rig)) != (4, 400):  # noqa: ASYNC110 - the store signals nothing
                await asyncio.sleep(0.01)
            assert process.progress.stopped == {1: "CHAIN_FORK"}
            await twin.ride(1)
            while (await aside(rig)) != (6, 600):  # noqa: ASYNC110 - the store signals nothing
                await asyncio.sleep(0.01)
        assert [stream.position()["acked"] for stream in twin.journals] == [6 // part * part]
        await twin.stop()
        assert await totals(rig) == (14, 7)


async def test_a_terminal_enrolled_anew_sends_its_old_entries_first(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        await rig.device.ride(6)
        await rig.device.stop()
        await rig.device.enrol(rig.host.centre, f"http://127.0.0.1:{rig.host.port}")
        await rig.device.start()
        await rig.device.ride(2)
        async with rig.syncing(entries_max=5):
            await rig.drained()
        books = await rig.books()
        assert [(line.epoch, line.entries) for line in books.streams] == [(1, 12), (3, 4)]
        assert await totals(rig) == (16, 8)
        assert books.alarms == ()
        report = (await rig.host.centre.read(partial(reports_work, ["BUS-1"])))["BUS-1"]
        assert (report.backlog, report.oldest_ms, bool(report.software)) == (0, 0, True)
        assert report.clock_offset_ms is not None
        assert abs(report.clock_offset_ms) < PATIENCE_S * 1000


async def test_a_spare_grant_serves_a_salvage_and_is_seen(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        await rig.device.ride(2)
        await rig.device.stop()
        rig.device.salvage()
        await rig.device.start()
        await rig.device.ride(2)
        async with rig.syncing():
            await rig.drained()
        assert await totals(rig) == (8, 4)
        assert [(alarm[1], alarm[2]) for alarm in (await rig.books()).alarms] == [(2, "spare_used")]
        await rig.device.stop()
        with pytest.raises(ConfigError, match="NOT_ENROLLED"):
            rig.device.salvage()
        await rig.device.start()


async def test_an_enrolment_beside_a_running_terminal_is_refused(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        before = load_enrolment(rig.device.state, rig.device.credentials)
        with journal_lock(rig.device.state), pytest.raises(StoreError, match="STORE_LOCKED"):
            await rig.device.enrol(rig.host.centre, f"http://127.0.0.1:{rig.host.port}")
        after = load_enrolment(rig.device.state, rig.device.credentials)
        assert (after.epoch, after.grant_hash) == (before.epoch, before.grant_hash)


async def test_a_centre_that_forgot_an_enrolment_gives_no_epoch_twice(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        url = f"http://127.0.0.1:{rig.host.port}"
        await rig.host.back_up()
        await rig.device.stop()
        await rig.device.enrol(rig.host.centre, url)
        await rig.host.restore()
        await rig.device.enrol(rig.host.centre, url)
        spare_of_the_forgotten = 4
        assert load_enrolment(rig.device.state, rig.device.credentials).epoch > spare_of_the_forgotten
        await rig.device.start()


async def test_a_centre_that_forgot_the_terminal_takes_its_grant_back(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        await rig.host.back_up()
        other = Device(tmp_path / "other", taps=500)
        await other.enrol(rig.host.centre, f"http://127.0.0.1:{rig.host.port}", "BUS-2")
        await other.start()
        await other.ride(3)
        async with rig.syncing(other):
            await rig.drained(other)
        await rig.host.restore()
        assert await totals(rig) == (0, 0)
        async with rig.syncing(other), asyncio.timeout(PATIENCE_S):
            while await totals(rig) != (6, 3):  # noqa: ASYNC110 - the store signals nothing
                await asyncio.sleep(0.01)
            await other.ride(2)
            await rig.drained(other)
        await other.stop()
        assert await totals(rig) == (10, 5)
        assert [(alarm[0], alarm[2]) for alarm in (await rig.books()).alarms] == [("BUS-2", "grant_adopted")]


async def test_two_terminals_do_not_disturb_each_other(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        other = Device(tmp_path / "other", taps=500)
        await other.enrol(rig.host.centre, f"http://127.0.0.1:{rig.host.port}", "BUS-2")
        await other.start()
        await rig.device.ride(4)
        await other.ride(5)
        async with rig.syncing(), rig.syncing(other):
            await rig.drained()
            await rig.drained(other)
        await other.stop()
        assert await totals(rig) == (18, 9)
