"""The network does its worst; every entry is at the centre exactly once."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.scenarios.network_faults import (
    Fault,
    answering,
    blackhole,
    drop_ack,
    drop_request,
    duplicate,
    late_duplicate,
    overtaken,
    reset,
    slow,
    swallowing,
)
from tests.scenarios.network_rig import Rig, network_rig, until

pytestmark = pytest.mark.line

RIDES: Final = 12
PROBLEM: Final = "application/problem+json"

FAULTS: dict[str, tuple[Fault, str]] = {
    "row 40: the request is lost": (drop_request, "CENTRE_UNREACHABLE"),
    "row 41: the ack is lost": (drop_ack, "CENTRE_UNREACHABLE"),
    "row 42: the request comes twice": (duplicate, ""),
    "row 43: an old request comes late": (late_duplicate, ""),
    "row 46: the requests are reordered": (overtaken, "CENTRE_UNREACHABLE"),
    "row 51: the answer is too slow": (slow, "CENTRE_UNREACHABLE"),
    "row 53: the connection is reset": (reset, "CENTRE_UNREACHABLE"),
    "row 52: nobody answers": (blackhole, "CENTRE_UNREACHABLE"),
    "row 54: a portal answers 200": (answering(200), "CENTRE_IMPOSTOR"),
    "row 54: a portal redirects": (answering(302, location="http://127.0.0.1:9/login"), "CENTRE_IMPOSTOR"),
    "row 54: a portal answers 200 in our own type": (
        answering(200, content_type="application/vnd.onecard.ack+msgpack"),
        "CENTRE_IMPOSTOR",
    ),
    "row 45: somebody fakes a conflict": (answering(409, b'{"ack": "00"}', content_type=PROBLEM), "CENTRE_IMPOSTOR"),
    "row 50: the centre asks to wait": (answering(429, retry_after="0"), "CENTRE_BUSY"),
    "row 50: the centre is unavailable": (answering(503), "CENTRE_BUSY"),
    "a proxy says 502": (answering(502), "CENTRE_BUSY"),
    "a proxy says 404": (answering(404), "CENTRE_IMPOSTOR"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_every_entry_once_though(name: str, tmp_path: Path) -> None:
    fault, trouble = FAULTS[name]
    async with network_rig(tmp_path) as rig:
        rig.proxy.plan.extend([fault] * 3)
        await rig.device.ride(RIDES)
        async with rig.syncing(entries_max=7):
            await rig.drained()
            await until(lambda: rig.proxy.injected == 3)
        assert (trouble in rig.troubles) is bool(trouble)
        await everything_once(rig, RIDES)


async def everything_once(rig: Rig, rides: int) -> None:
    """Assert that the books hold so many rides, to the fen, and no entry twice."""
    books = await rig.books()
    assert books.problems == ()
    assert sum(line.entries for line in books.streams) == 2 * rides
    assert sum(line.taps for line in books.media) == rides
    assert sum(line.total_fen for line in books.media) == 200 * rides
    assert books.alarms == ()


async def test_row_50_a_batch_that_is_too_large_is_halved(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        rig.follows_keys = False
        rig.proxy.plan.extend([answering(413, content_type=PROBLEM)] * 2)
        await rig.device.ride(RIDES)
        async with rig.syncing():
            await rig.drained()
        assert [len(batch.entries) for batch in rig.proxy.batches()] == [6, 12, 6]
        await everything_once(rig, RIDES)


async def test_row_57_a_way_that_swallows_long_requests_is_passed_in_small_ones(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        rig.proxy.plan.extend([swallowing(775)] * 200)
        await rig.device.ride(RIDES)
        async with rig.syncing():
            await rig.drained()
        assert max(len(batch.entries) for batch in rig.proxy.batches()) < 2 * RIDES
        assert "CENTRE_UNREACHABLE" in rig.troubles
        await everything_once(rig, RIDES)


async def test_taps_go_on_while_the_centre_is_away(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        async with rig.syncing():
            await rig.device.ride(3)
            await rig.drained()
            await rig.host.stop()
            await rig.device.ride(5)
            await until(lambda: "CENTRE_UNREACHABLE" in rig.troubles)
            await rig.host.start()
            await rig.drained()
        await everything_once(rig, 8)


async def test_the_sync_process_survives_a_restart_of_the_terminal(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        async with rig.syncing():
            await rig.device.ride(3)
            await rig.drained()
            await rig.device.stop()
            await rig.device.start()
            await rig.device.ride(3)
            await rig.drained()
        await everything_once(rig, 6)


async def test_row_41_a_new_sync_process_goes_on_where_the_old_one_lost_its_ack(tmp_path: Path) -> None:
    async with network_rig(tmp_path) as rig:
        rig.follows_keys = False
        await rig.device.ride(4)
        rig.proxy.plan.append(drop_ack)
        async with rig.syncing():
            await until(lambda: bool(rig.troubles))
        await rig.device.ride(4)
        async with rig.syncing(entries_max=3):
            await rig.drained()
        await everything_once(rig, 8)
