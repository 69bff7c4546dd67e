"""A passenger's text display: what stands on it, in which bytes, and that nobody waits for it."""

from __future__ import annotations

import asyncio
import os
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from drivers.links.serial_port import SerialPort, SerialSettings
from drivers.signals.text_display import DisplayModel, DisplayPort, composed
from edge.domain.display_text import lines_for
from edge.domain.errors import OneCardError
from edge.domain.slip import width_of
from edge.ports import Signal
from edge.terminal.display_line import DisplayLine
from edge.terminal.events import Broadcast
from edge.terminal.prompts import load_prompts

PAID = Signal("green", "accepted", "accepted", fen=200, balance_fen=4400)
REFUSED = Signal("red", "refused", "balance_too_low")
PROMPTS = load_prompts()

LINES = [
    pytest.param(("刷卡成功", 200, 4400, 20, "zh"), ("刷卡成功", "收 2.00  余 44.00"), id="what was paid and is left"),
    pytest.param(("Accepted", 200, 4400, 30, "en"), ("Accepted", "Fare 2.00  Left 44.00"), id="the same in English"),
    pytest.param(("刷卡成功", 200, 4400, 12, "zh"), ("刷卡成功", "收 2.00"), id="too narrow for both: what was paid"),
    pytest.param(("余额不足", -1, 50, 20, "zh"), ("余额不足", "余 0.50"), id="refused: what is left"),
    pytest.param(
        ("请再刷同一张卡", 200, -1, 11, "zh"), ("请再刷同一", "收 2.00"), id="no wide character is cut in half"
    ),
    pytest.param(
        ("请再刷同一张卡，不会重复扣款", -1, -1, 20, "zh"),
        ("请再刷同一张卡，", "不会重复扣款"),
        id="words alone take both lines, broken after a comma",
    ),
    pytest.param(("请再刷同一张卡", -1, -1, 11, "zh"), ("请再刷同一", "张卡"), id="or where the line is full"),
    pytest.param(("One card only, please", -1, -1, 20, "en"), ("One card only,", "please"), id="or between two words"),
    pytest.param(("Present again please now", -1, -1, 9, "en"), ("Present", "again ple"), id="too long for both"),
]


@pytest.mark.parametrize(("asked", "lines"), LINES)
def test_lines_of_a_signal(asked: tuple[str, int, int, int, str], lines: tuple[str, ...]) -> None:
    assert lines_for(*asked) == lines


@pytest.mark.parametrize("key", sorted(PROMPTS))
def test_every_prompt_fits_with_the_largest_amounts(key: str) -> None:
    for language, text in PROMPTS[key].items():
        assert all(width_of(line) <= 20 for line in lines_for(text, 999_900, 999_900, 20, language))


def test_a_tap_for_several_says_how_many() -> None:
    assert lines_for("下一次刷卡付多人", -1, -1, 20, "zh", riders=3) == ("下一次刷卡付多人", "人数 3")
    assert lines_for("Accepted", 500, 4400, 40, "en", riders=3) == ("Accepted", "Fare 5.00  Left 44.00  Riders 3")


SCREENS = [
    pytest.param(DisplayModel(), ("余额不足",), b"\x0c" + "余额不足".encode("gb18030"), id="Chinese in GB18030"),
    pytest.param(DisplayModel(encoding="ascii"), ("余 1",), b"\x0c? 1", id="a font of ASCII alone"),
    pytest.param(DisplayModel(rows=1), ("a", "b"), b"\x0ca", id="no more lines than the screen has"),
    pytest.param(DisplayModel(), ("a\x1b@\x0c", "b"), b"\x0ca@\r\nb", id="no text becomes a command"),
    pytest.param(DisplayModel(), (), b"\x0c", id="an empty screen"),
]


@pytest.mark.parametrize(("model", "lines", "sent"), SCREENS)
def test_bytes_of_a_screen(model: DisplayModel, lines: tuple[str, ...], sent: bytes) -> None:
    assert composed(lines, model) == sent


@asynccontextmanager
async def served(path: Path, faults: list[OneCardError]) -> AsyncIterator[Broadcast]:
    broadcast = Broadcast(PROMPTS)
    port = DisplayPort(SerialPort(SerialSettings(str(path), 9600)), DisplayModel())
    serving = asyncio.create_task(DisplayLine(port, broadcast, faults.append, "zh", 200).serve())
    await asyncio.sleep(0)
    try:
        yield broadcast
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        await port.close()


async def heard(far_end: int, wanted: bytes) -> None:
    """Wait until the pty has brought these bytes, and no others."""
    arrived, loop = asyncio.Queue[bytes](), asyncio.get_running_loop()
    loop.add_reader(far_end, lambda: arrived.put_nowait(os.read(far_end, 4096)))
    found = b""
    async with asyncio.timeout(10):
        while len(found) < len(wanted):
            found += await arrived.get()
    loop.remove_reader(far_end)
    assert found == wanted


async def test_a_signal_stands_on_the_display_and_goes_again() -> None:
    far_end, near_end = os.openpty()
    tty.setraw(near_end)
    faults: list[OneCardError] = []
    try:
        async with served(Path(os.ttyname(near_end)), faults) as broadcast:
            broadcast.show(PAID)
            broadcast.publish("tap", tap="00")
            await heard(far_end, b"\x0c" + "刷卡成功\r\n收 2.00  余 44.00".encode("gb18030") + b"\x0c")
    finally:
        os.close(far_end)
        os.close(near_end)
    assert faults == []


async def test_a_display_that_is_not_there_is_reported_once_and_holds_nobody_up(tmp_path: Path) -> None:
    faults: list[OneCardError] = []
    async with served(tmp_path / "display", faults) as broadcast, asyncio.timeout(10):
        for _ in range(3):
            broadcast.show(REFUSED)  # returns at once: the display has a task of its own
            await asyncio.sleep(0.02)
        while not faults:  # noqa: ASYNC110 - a fault has no event
            await asyncio.sleep(0.01)
    assert [fault.code for fault in faults] == ["LINK_ABSENT"]
