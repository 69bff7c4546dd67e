"""A courier's trip: it drains, it repeats without a trace, it mixes nobody up, and it mends what was torn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.domain.errors import StoreError
from tests.sync.courier_rig import one_device, trip

pytestmark = pytest.mark.line


async def test_a_device_that_never_sees_a_network_is_drained(tmp_path: Path) -> None:
    async with one_device(tmp_path) as (going, device):
        await device.ride(25)
        carried = await going.export(device)
        assert (carried.batches, carried.entries) == (3, 50)
        taken = await going.take_in()
        assert (dict(taken.verdicts), taken.acks_written, taken.refused) == ({"accepted": 3}, 3, {})
        brought = await going.bring_in(device)
        assert (brought.acked, brought.news, brought.refused) == ({1: 50}, 3, {})
        assert device.acked()
        (line,) = (await going.host.centre.books()).streams
        assert (line.entries, line.acked_seq) == (50, 50)


async def test_row_42_a_stick_that_is_carried_twice_changes_nothing_anywhere(tmp_path: Path) -> None:
    """Rows 40 to 43 of the fault catalogue, by hand: lost, doubled and late batches and acks."""
    async with one_device(tmp_path) as (going, device):
        await device.ride(25)
        await going.export(device)
        outward = going.copy()
        await going.take_in()
        homeward = going.copy()
        await going.bring_in(device)
        before = await going.everything(device)
        for copy in (outward, homeward, outward, homeward):
            going.insert(copy)
            assert set((await going.take_in()).verdicts) == {"duplicate"}
            brought = await going.bring_in(device)
            assert (brought.news, brought.refused) == (0, {})
            assert await going.everything(device) == before


async def test_a_stick_that_the_centre_has_seen_is_left_as_it_is(tmp_path: Path) -> None:
    async with one_device(tmp_path) as (going, device):
        await device.ride(5)
        await going.export(device)
        await going.take_in()
        before = {path: path.read_bytes() for path in going.stick.rglob("*") if path.is_file()}
        assert (await going.take_in()).acks_written == 0
        assert (await going.export(device)).written == 0
        assert {path: path.read_bytes() for path in going.stick.rglob("*") if path.is_file()} == before


async def test_row_43_an_old_stick_after_a_newer_one_changes_nothing(tmp_path: Path) -> None:
    async with one_device(tmp_path) as (going, device):
        await device.ride(8)
        await going.export(device)
        old = going.copy()
        await device.ride(8)
        await going.there_and_back(device)
        before = await going.everything(device)
        going.insert(old)
        await going.take_in()
        assert (await going.bring_in(device)).news == 0
        assert await going.everything(device) == before


async def test_an_export_goes_on_behind_what_is_acked(tmp_path: Path) -> None:
    async with one_device(tmp_path) as (going, device):
        await device.ride(10)
        await going.there_and_back(device)
        await device.ride(3)
        assert (await going.export(device)).entries == 6
        assert (await going.take_in()).refused == {}
        assert (await going.bring_in(device)).acked == {1: 26}


async def test_two_terminals_share_a_stick(tmp_path: Path) -> None:
    async with trip(tmp_path) as going:
        devices = [await going.device(name) for name in ("BUS-1", "BUS-2")]
        try:
            for device in devices:
                await device.ride(4)
            await going.there_and_back(*devices)
            assert all(device.acked() for device in devices)
            index = json.loads((going.files / "index.json").read_bytes())
            assert index["fleet"] == going.files.name.removeprefix("onecard-")
            assert index["terminals"] == {
                name: [{"epoch": 1, "first_seq": 1, "last_seq": 8}] for name in ("BUS-1", "BUS-2")
            }
        finally:
            for device in devices:
                await device.stop()


async def test_every_epoch_is_carried_the_oldest_first(tmp_path: Path) -> None:
    async with one_device(tmp_path) as (going, device):
        await device.ride(6)
        await device.stop()
        device.salvage()
        await device.start()
        await device.ride(4)
        await going.export(device)
        assert dict((await going.take_in()).verdicts) == {"accepted": 2}
        assert (await going.bring_in(device)).acked == {1: 12, 2: 8}
        assert [line.entries for line in (await going.host.centre.books()).streams] == [12, 8]


async def test_row_61_a_copied_disk_is_told_to_sell_no_more(tmp_path: Path) -> None:
    async with one_device(tmp_path) as (going, device):
        await device.ride(2)
        await device.stop()
        twin = device.copy(tmp_path / "twin")
        await device.start()
        await device.ride(3)
        await going.there_and_back(device)
        await twin.start()
        try:
            await twin.ride(3)
            await going.export(twin)
            assert dict((await going.take_in()).verdicts) == {"duplicate": 1, "forked": 1}
            await going.bring_in(twin)
            assert twin.journals[-1].feed.position().fence == "CHAIN_FORK"
            assert device.journals[-1].feed.position().fence == ""
        finally:
            await twin.stop()


async def test_row_58_a_centre_from_a_backup_asks_again_and_is_carried_what_it_lacks(tmp_path: Path) -> None:
    async with one_device(tmp_path) as (going, device):
        await going.host.back_up()
        await device.ride(10)
        await going.there_and_back(device)
        await going.host.restore()
        await device.ride(1)
        going.insert(_empty(tmp_path))
        await going.export(device)
        assert dict((await going.take_in()).verdicts) == {"gap": 1}
        await going.bring_in(device)
        await going.there_and_back(device)
        (line,) = (await going.host.centre.books()).streams
        assert line.entries == 22


async def test_a_centre_that_forgot_a_terminal_is_shown_its_grant(tmp_path: Path) -> None:
    async with trip(tmp_path) as going:
        await going.host.back_up()
        device = await going.device("BUS-1")
        try:
            await device.ride(3)
            await going.host.restore()
            await going.there_and_back(device)
            assert device.acked()
        finally:
            await device.stop()


def _empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


async def test_row_97_nothing_on_a_stick_is_secret(tmp_path: Path) -> None:
    async with one_device(tmp_path) as (going, device):
        await device.ride(3)
        await going.there_and_back(device)
        secrets = [path.read_bytes() for path in device.credentials.iterdir()]
        secrets.append((device.state / "keys" / "terminal.key").read_bytes())
        secrets += [path.read_bytes() for path in going.host.folder.glob("*.key")]
        carried = b"".join(path.read_bytes() for path in going.stick.rglob("*") if path.is_file())
        assert len(secrets) > 4
        assert not any(secret in carried for secret in secrets)


async def test_a_stick_of_another_fleet_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    async with one_device(tmp_path / "here") as (going, device), trip(tmp_path / "there") as other:
        await device.ride(3)
        await going.export(device)
        other.insert(going.stick)
        stranger = await other.device("BUS-1")
        try:
            await stranger.ride(1)
            before = {path: path.read_bytes() for path in other.stick.rglob("*") if path.is_file()}
            rows = await other.everything(stranger)
            for way in (other.take_in(), other.load(), other.export(stranger), other.bring_in(stranger)):
                with pytest.raises(StoreError, match="STICK_FOREIGN"):
                    await way
            assert await other.everything(stranger) == rows
            assert {path: path.read_bytes() for path in other.stick.rglob("*") if path.is_file()} == before
        finally:
            await stranger.stop()
