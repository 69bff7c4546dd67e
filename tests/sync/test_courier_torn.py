"""A stick that was pulled out, filled up, torn or tampered with: told with a code, and mended by the next copy."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge.domain.errors import OneCardError, StoreError
from sync.courier_stick import Stick, open_stick, place_of
from tests.sync.builders import CENTRE_KEY
from tests.sync.courier_rig import DENY, TARIFF, Trip, one_device

pytestmark = pytest.mark.line


def first(trip: Trip, pattern: str) -> Path:
    return min(trip.files.glob(pattern))


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def made_huge(path: Path) -> None:
    path.write_bytes(path.read_bytes() + bytes(2_000_000))


DAMAGES: dict[str, Callable[[Path], None]] = {
    "cut short": cut_short,
    "with a flipped bit": flipped,
    "empty": emptied,
    "of two megabytes": made_huge,
    "gone": Path.unlink,
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_batch_is_refused_alone_and_copied_anew_when_it_is(damage: str, tmp_path: Path) -> None:
    """Row 66 of the fault catalogue for files: what is half is no entry, and it is asked for again."""
    async with one_device(tmp_path) as (going, device):
        await device.ride(25)
        await going.export(device)
        whole = {path.name: path.read_bytes() for path in going.files.glob("batches/*/*")}
        DAMAGES[damage](first(going, "batches/*/*"))
        taken = await going.take_in()
        refused = [error.code for error in taken.refused.values()]
        assert (refused, len(taken.missing)) == (([], 1) if damage == "gone" else (["STICK_DAMAGED"], 0))
        assert dict(taken.verdicts) == {"gap": 2}
        assert (await going.export(device)).written == 1
        assert {path.name: path.read_bytes() for path in going.files.glob("batches/*/*")} == whole
        await going.there_and_back(device)
        assert device.acked()


async def test_a_torn_batch_that_is_needed_no_more_is_taken_off_the_stick(tmp_path: Path) -> None:
    async with one_device(tmp_path) as (going, device):
        await device.ride(5)
        await going.there_and_back(device)
        await device.ride(2)
        cut_short(first(going, "batches/*/*"))
        await going.export(device)
        assert (await going.take_in()).refused == {}
        assert [path.name.split("-")[1] for path in going.files.glob("batches/*/*")] == ["00000011"]


@pytest.mark.parametrize("damage", DAMAGES)
async def test_an_ack_moves_nothing_and_is_written_anew_when_it_is(damage: str, tmp_path: Path) -> None:
    async with one_device(tmp_path) as (going, device):
        await device.ride(5)
        await going.export(device)
        await going.take_in()
        DAMAGES[damage](first(going, "acks/*/*"))
        brought = await going.bring_in(device)
        assert (brought.acked, brought.news) == ({1: 0}, 0)
        assert len(brought.refused) == (damage != "gone")
        assert (await going.take_in()).acks_written == 1
        assert (await going.bring_in(device)).acked == {1: 10}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_batches_are_taken_by_what_they_are_though_the_index_is(damage: str, tmp_path: Path) -> None:
    async with one_device(tmp_path) as (going, device):
        await device.ride(5)
        await going.export(device)
        DAMAGES[damage](going.files / "index.json")
        taken = await going.take_in()
        assert dict(taken.verdicts) == {"accepted": 1}
        told = {place: error.code for place, error in taken.refused.items()}
        assert told == ({} if damage == "gone" else {"index.json": "STICK_DAMAGED"})
        assert (await going.take_in()).refused == {}


@pytest.mark.parametrize("damage", [name for name in DAMAGES if name != "of two megabytes"])
@pytest.mark.parametrize("part", ["manifest", "segments/*"])
async def test_row_30_a_list_stays_as_it_was_and_is_copied_anew_when_the_carried_one_is(
    part: str, damage: str, tmp_path: Path
) -> None:
    async with one_device(tmp_path) as (going, device):
        await going.host.centre.publish([TARIFF, DENY])
        await going.load()
        DAMAGES[damage](first(going, f"v1/lists/edition/{part}"))
        if (part, damage) == ("manifest", "gone"):
            assert await going.bring_edition(device) is None
        else:
            with pytest.raises(OneCardError) as refused:
                await going.bring_edition(device)
            assert refused.value.code in {"ARTIFACT_DAMAGED", "ARTIFACT_UNSIGNED", "CENTRE_IMPOSTOR"}
        assert device.installed == []
        assert (await going.load()).written == 1
        assert await going.bring_edition(device) == 1


async def test_row_31_an_old_stick_brings_no_older_lists(tmp_path: Path) -> None:
    async with one_device(tmp_path) as (going, device):
        await going.host.centre.publish([TARIFF, DENY])
        await going.load()
        old = going.copy()
        await going.host.centre.publish([DENY])
        await going.load()
        assert await going.bring_edition(device) == 2
        before = {path: path.read_bytes() for path in device.state.rglob("editions/**/*") if path.is_file()}
        going.insert(old)
        with pytest.raises(OneCardError, match="ARTIFACT_ROLLED_BACK"):
            await going.bring_edition(device)
        assert {path: path.read_bytes() for path in device.state.rglob("editions/**/*") if path.is_file()} == before


async def test_a_stick_holds_the_newest_edition_alone(tmp_path: Path) -> None:
    async with one_device(tmp_path) as (going, _):
        await going.host.centre.publish([TARIFF, DENY])
        assert (await going.load()).written == 3
        assert (await going.load()).written == 0
        await going.host.centre.publish([replace(DENY, body=b"\1" * 16)])
        assert (await going.load()).written == 2
        assert len(list(going.files.glob("v1/lists/edition/segments/*"))) == 2


TROUBLES = {
    "full": (errno.ENOSPC, "STICK_FULL"),
    "write-protected": (errno.EROFS, "STICK_UNUSABLE"),
    "pulled out": (errno.ENODEV, "STICK_UNUSABLE"),
    "broken": (errno.EIO, "STICK_UNUSABLE"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_an_export_says_what_to_do_and_goes_on_afterwards_when_the_stick_is(
    trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, code = TROUBLES[trouble]
    flushes = 0

    def failing(descriptor: int, flush: Callable[[int], None] = os.fsync) -> None:
        nonlocal flushes
        flushes += 1
        if flushes > 9:
            raise OSError(number, os.strerror(number))
        flush(descriptor)

    async with one_device(tmp_path) as (going, device):
        await device.ride(25)
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", failing)
            with pytest.raises(StoreError) as told:
                await going.export(device)
        assert told.value.code == code
        assert "stick" in told.value.hint
        copied = len(list(going.files.glob("batches/*/*.batch")))
        assert 0 < copied < 3
        await going.there_and_back(device)
        assert device.acked()


def test_a_mount_point_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="STICK_UNUSABLE"):
        open_stick(tmp_path / "usb", CENTRE_KEY.public, fill=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    stick = open_stick(tmp_path, CENTRE_KEY.public, fill=True)
    (stick.root / "batches").write_bytes(b"")
    with pytest.raises(StoreError, match="STICK_UNUSABLE"):
        stick.keep("batches/BUS-1/1.batch", b"content")


def test_a_stick_that_goes_away_between_two_looks_is_told(tmp_path: Path) -> None:
    stick = open_stick(tmp_path, CENTRE_KEY.public, fill=True)
    shutil.rmtree(tmp_path / stick.root.name)
    (tmp_path / stick.root.name).write_bytes(b"")
    with pytest.raises(StoreError, match="STICK_UNUSABLE"):
        stick.keep("index.json", b"{}")


@pytest.mark.parametrize("path", ["/v1/../../etc/passwd", "v1/lists", "/v1/lists/a b", "//etc", "/v1/lists/\x00"])
def test_no_path_leads_out_of_the_stick(path: str) -> None:
    with pytest.raises(StoreError, match="STICK_DAMAGED"):
        place_of(path)


async def test_a_list_file_that_was_altered_on_its_way_is_not_kept(tmp_path: Path) -> None:
    stick: Stick = open_stick(tmp_path, CENTRE_KEY.public, fill=True)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"other"

    with pytest.raises(StoreError, match="STICK_DAMAGED"):
        await stick.keep_list_file("v1/lists/edition/segments/00", b"\0" * 32, pieces())
    assert not (stick.root / "v1/lists/edition/segments/00").exists()
