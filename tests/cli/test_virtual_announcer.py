"""``onecard virtual announcer`` as a process, heard over its pty by the terminal's own source."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from drivers.links.serial_port import SerialPort, SerialSettings
from drivers.place.announcer import Announcer
from drivers.place.sentences import SentenceCodec
from edge.domain.driver_key import Key, KeyPress
from edge.domain.duty import Move, Turn
from edge.domain.errors import ReaderError
from edge.domain.stops import Fix
from tests.cli.test_virtual import served

pytestmark = pytest.mark.line


def source_on(link: Path) -> Announcer:
    return Announcer(SerialPort(SerialSettings(str(link), 9600)), SentenceCodec())


async def test_a_bus_drives_its_line(tmp_path: Path) -> None:
    link = tmp_path / "announcer"
    async with served("announcer", "--link", str(link)) as device, asyncio.timeout(20):
        source = source_on(link)
        await source.open()
        await device.order(do="sign_on", driver="1042", vehicle="B17", line="K5", direction="up")
        assert await source.next_news() == Move(Turn.SIGNED_ON, "1042", "B17", "K5", "up")
        await device.order(do="noise", hex="00245042")
        await device.order(do="stop", station="四方")
        assert await source.next_news() == Move(Turn.STOP, station="四方")
        await device.order(do="line", line="21")
        assert await source.next_news() == Move(Turn.LINE, line="21")
        await device.order(do="key", key="pay_for", riders=3)
        assert await source.next_news() == KeyPress(Key.PAY_FOR, 3)
        await device.order(do="position", latitude=36.0671, longitude=-120.3826)
        assert await source.next_news() == Fix(36_067_100, -120_382_600)
        await device.order(do="sign_off")
        assert await source.next_news() == Move(Turn.SIGNED_OFF)
        await source.close()
        assert source.counters()["place_frames"] == 6


async def test_an_announcer_that_is_unplugged_is_lost_and_comes_back(tmp_path: Path) -> None:
    link = tmp_path / "announcer"
    async with served("announcer", "--link", str(link)) as device, asyncio.timeout(20):
        source = source_on(link)
        await source.open()
        await device.order(do="unplug")
        with pytest.raises(ReaderError, match="LINK_LOST"):
            await source.next_news()
        await device.order(do="replug")
        await source.open()
        await device.order(do="stop", station="04")
        assert await source.next_news() == Move(Turn.STOP, station="04")
        await source.close()
        assert source.counters()["place_reconnects"] == 1


async def test_an_order_with_a_key_that_it_does_not_know_is_refused() -> None:
    async with served("announcer") as device:
        refused = await device.order(do="stop", stop="04")
        assert refused["event"] == "refused"
        assert "station" in str(refused["why"])
