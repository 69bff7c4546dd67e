"""Long lists by stick: in the files that a terminal maps, and as a delta over the snapshot that it may not have yet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

from edge.domain.errors import OneCardError
from edge.domain.tap import Token
from edge.store.reference import FileReference
from tests.scenarios.network_rig import Device
from tests.sync.courier_rig import Trip, one_device

pytestmark = pytest.mark.line

LONG: Final = 6_000
FARE: Final = 'kind = "flat_fare"\nid = "flat-2026"\nfare_fen = 200\n'


def token(number: int) -> Token:
    return Token(hashlib.sha256(number.to_bytes(4, "big")).digest()[:16])


async def publish(going: Trip, listed: Iterable[int]) -> None:
    tokens = ", ".join(f'"{token(number).hex()}"' for number in listed)
    await going.admin().publish({"documents": [FARE, f'kind = "deny_list"\ntokens = [{tokens}]\n']})


async def carried_to(going: Trip, device: Device) -> FileReference:
    """Carry the newest edition to a device and open it there."""
    await going.load()
    number = await going.bring_edition(device)
    reference = FileReference(device.state / "editions", going.host.centre.keys.signing.public)
    assert reference.install(device.state / "editions" / str(number)) == number
    return reference


async def test_a_list_that_is_shipped_in_parts_arrives_whole(tmp_path: Path) -> None:
    async with one_device(tmp_path) as (going, device):
        await publish(going, range(LONG))
        assert (await going.load()).files == 3 + 2
        with await carried_to(going, device) as reference:
            assert all(reference.listed(token(number)) for number in (0, 1, LONG - 1))
            assert not reference.listed(token(LONG))


async def test_a_delta_comes_with_its_snapshot_for_whoever_lacks_it(tmp_path: Path) -> None:
    async with one_device(tmp_path) as (going, device):
        await publish(going, range(LONG))
        await going.load()
        await publish(going, range(5, LONG + 5))
        loaded = await going.load()
        assert (loaded.files, loaded.written) == (3 + 3, 3)  # the deny list anew, the delta, and the manifest
        with await carried_to(going, device) as reference:
            assert [reference.listed(token(number)) for number in (4, 5, LONG + 4, LONG + 5)] == [
                False,
                True,
                True,
                False,
            ]


async def test_an_interrupted_import_of_a_long_list_goes_on(tmp_path: Path) -> None:
    async with one_device(tmp_path) as (going, device):
        await publish(going, range(LONG))
        await going.load()
        largest = max((going.files / "v1/lists/edition/segments").iterdir(), key=lambda path: path.stat().st_size)
        whole = largest.read_bytes()
        largest.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(OneCardError, match=r"CENTRE_IMPOSTOR|ARTIFACT_DAMAGED"):
            await going.bring_edition(device)
        assert (await going.load()).written == 1
        with await carried_to(going, device) as reference:
            assert reference.listed(token(7))
