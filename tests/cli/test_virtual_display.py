"""``onecard virtual display`` as a process, written to over its pty by the terminal's own driver."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.links.serial_port import SerialPort, SerialSettings
from drivers.signals.text_display import DisplayModel, DisplayPort
from tests.cli.test_virtual import Served, served

pytestmark = pytest.mark.line


async def shown(device: Served, lines: list[str]) -> None:
    """Wait until these lines stand on the screen; the event's patience bounds it."""
    while (await device.event("screen"))["lines"] != lines:
        pass


async def test_what_a_terminal_shows_stands_on_the_screen_until_the_next(tmp_path: Path) -> None:
    link = tmp_path / "display"
    async with served("display", "--link", str(link)) as device:
        port = DisplayPort(SerialPort(SerialSettings(str(link), 9600)), DisplayModel())
        await port.show(("刷卡成功", "收 2.00  余 44.00"))
        await shown(device, ["刷卡成功", "收 2.00  余 44.00"])
        await port.show(("余额不足",))
        await shown(device, ["余额不足"])
        await port.show(())
        await shown(device, [])
        await port.close()
