"""A journal that the centre refuses is at risk until it keeps it, by its own signed word: over the whole line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.network_rig import Device, Rig, network_rig, until

ASIDE_FEN = 400
"""Two taps that only the copy of the disk holds."""


async def enrolled_twin(rig: Rig, folder: Path) -> Device:
    """Return a copied disk that went on by itself and was enrolled anew; the other copy's entries are acked."""
    await rig.device.ride(3)
    await rig.device.stop()
    twin = rig.device.copy(folder)
    await rig.device.start()
    await twin.start()
    await rig.device.ride(4)
    await twin.ride(2)
    await twin.stop()
    async with rig.syncing():
        await rig.drained()
    await twin.enrol(rig.host.centre, f"http://127.0.0.1:{rig.host.port}")
    await twin.start()
    await twin.ride(1)
    return twin


def unsent(device: Device) -> list[int]:
    """Return the accepted taps that each journal takes for unknown to the centre, oldest epoch first."""
    return [stream.feed.position().unsent_count for stream in device.journals]


async def conflict_fen(rig: Rig) -> int:
    """Return what the centre has in suspense for refused journals."""
    return sum(line.conflict_fen for line in (await rig.books()).streams)


@pytest.mark.parametrize("part", [1, 3, 500], ids=["entry by entry", "in small parts", "at once"])
async def test_the_exposure_of_a_refused_epoch_ends_once_the_centre_holds_it_aside(tmp_path: Path, part: int) -> None:
    async with network_rig(tmp_path) as rig:
        twin = await enrolled_twin(rig, tmp_path / "twin")
        assert unsent(twin) == [5, 1]
        async with rig.syncing(twin, entries_max=part) as process:
            await until(lambda: unsent(twin) == [0, 0])
            assert process.progress.stopped == {1: "EPOCH_FENCED"}
        assert [stream.feed.position().fence for stream in twin.journals] == ["EPOCH_FENCED", ""]
        assert await conflict_fen(rig) == ASIDE_FEN
        await twin.stop()
        await twin.start()
        assert unsent(twin) == [0, 0], "a start changes nothing"
        await twin.stop()


async def test_a_cut_between_two_answers_leaves_the_rest_at_risk_until_it_is_shown_again(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        twin = await enrolled_twin(rig, tmp_path / "twin")
        async with rig.syncing(twin, entries_max=1):
            await until(lambda: unsent(twin)[0] < 2)
        reached = unsent(twin)[0]
        await twin.stop()
        await twin.start()
        assert unsent(twin)[0] <= reached
        async with rig.syncing(twin, entries_max=1):
            await until(lambda: unsent(twin) == [0, 0])
        assert await conflict_fen(rig) == ASIDE_FEN
        await twin.stop()
