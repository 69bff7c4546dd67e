"""One suite for every link: a serial port on a pty, and a line in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from drivers.links import Link
from drivers.links.memory import MemoryLine
from drivers.links.serial_port import SerialPort, SerialSettings
from drivers.virtual.device import Reply, Unsolicited, nobody
from drivers.virtual.port import VirtualPort
from edge.domain.errors import ReaderError


class Parrot:
    """Repeats what it hears; ``Z`` and what follows it only after 30 ms."""

    def __init__(self) -> None:
        self.on_unsolicited: Unsolicited = nobody
        self.heard = b""

    def receive(self, incoming: bytes) -> list[Reply]:
        self.heard += incoming
        at_once, mark, late = incoming.partition(b"Z")
        return [Reply(0.0, at_once), Reply(30.0, mark + late)] if mark else [Reply(0.0, incoming)]


@dataclass
class Scene:
    """A link, a second one to the same device, and hands on the cable."""

    parrot: Parrot
    link: Link
    rival: Link
    say: Callable[[bytes], None]
    unplug: Callable[[], None]
    plug: Callable[[], None]


async def _serial(folder: Path) -> AsyncIterator[Scene]:
    parrot = Parrot()
    settings = SerialSettings(str(folder / "reader"))
    async with VirtualPort(parrot, folder / "reader") as port:
        link, rival = SerialPort(settings), SerialPort(settings)
        yield Scene(parrot, link, rival, port.line.noise, port.unplug, port.plug)
        await rival.close()
        await link.close()


async def _memory(_folder: Path) -> AsyncIterator[Scene]:
    parrot = Parrot()
    line = MemoryLine("memory", parrot)
    yield Scene(parrot, line.link(), line.link(), line.pump.noise, line.unplug, line.plug)


@pytest_asyncio.fixture(params=[_serial, _memory], ids=["serial port on a pty", "memory"])
async def scene(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    async for made in request.param(tmp_path):
        yield made


async def code_of(work: Awaitable[object]) -> str:
    with pytest.raises(ReaderError) as caught:
        await work
    return caught.value.code


async def read_all(link: Link, count: int) -> bytes:
    received = b""
    while len(received) < count:
        piece = await link.read(1000)
        assert piece, f"only {len(received)} of {count} bytes came"
        received += piece
    return received


async def test_bytes_go_out_and_come_back_unchanged(scene: Scene) -> None:
    everything = bytes(byte for byte in range(256) if byte != ord("Z"))
    await scene.link.open()
    scene.link.write(everything)
    assert await read_all(scene.link, len(everything)) == everything


async def test_reading_ends_empty_when_its_time_is_over(scene: Scene) -> None:
    await scene.link.open()
    started = asyncio.get_running_loop().time()
    assert await scene.link.read(20) == b""
    assert asyncio.get_running_loop().time() - started >= 0.019


async def test_without_time_reading_gives_what_is_there(scene: Scene) -> None:
    await scene.link.open()
    assert await scene.link.read(0) == b""
    assert await scene.link.read(-5) == b""


async def test_a_late_answer_wakes_the_reader(scene: Scene) -> None:
    await scene.link.open()
    scene.link.write(b"Zlate")
    assert await read_all(scene.link, 5) == b"Zlate"


async def test_who_wants_more_is_woken_by_no_less(scene: Scene) -> None:
    await scene.link.open()
    reading = asyncio.create_task(scene.link.read(1000, 4))
    scene.link.write(b"abc")
    done, _ = await asyncio.wait({reading}, timeout=0.02)
    assert not done
    scene.link.write(b"d")
    assert await reading == b"abcd"


async def test_who_wants_more_gets_what_came_in_its_time(scene: Scene) -> None:
    await scene.link.open()
    scene.link.write(b"abc")
    assert await scene.link.read(20, 4) == b"abc"


async def test_a_cancelled_read_loses_no_byte(scene: Scene) -> None:
    await scene.link.open()
    reading = asyncio.ensure_future(scene.link.read(1000))
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.wait([reading])
    scene.link.write(b"after")
    assert await read_all(scene.link, 5) == b"after"


async def test_dropped_input_is_gone_and_counted(scene: Scene) -> None:
    await scene.link.open()
    scene.link.write(b"old")
    await asyncio.sleep(0.05)
    assert await scene.link.drop_input() == 3
    scene.link.write(b"new")
    assert await read_all(scene.link, 3) == b"new"


async def test_dropped_input_is_all_of_it(scene: Scene) -> None:
    await scene.link.open()
    for _ in range(3):
        scene.say(bytes(3000))
    await asyncio.sleep(0)
    assert await scene.link.drop_input() + await scene.link.drop_input() == 9000
    assert await scene.link.read(20) == b""


async def test_a_second_opener_is_told_that_the_line_is_busy(scene: Scene) -> None:
    await scene.link.open()
    assert await code_of(scene.rival.open()) == "LINK_BUSY"
    scene.link.write(b"mine")
    assert await read_all(scene.link, 4) == b"mine"
    await scene.link.close()
    await scene.rival.open()


async def test_a_missing_line_is_absent(scene: Scene) -> None:
    scene.unplug()
    assert await code_of(scene.link.open()) == "LINK_ABSENT"


async def test_a_pulled_cable_is_noticed_within_100_ms_by_whoever_reads(scene: Scene) -> None:
    await scene.link.open()
    reading = asyncio.ensure_future(scene.link.read(5000))
    await asyncio.sleep(0)
    started = asyncio.get_running_loop().time()
    scene.unplug()
    assert await code_of(reading) == "LINK_LOST"
    assert asyncio.get_running_loop().time() - started < 0.1


async def test_a_lost_line_refuses_everything_until_it_is_opened_anew(scene: Scene) -> None:
    await scene.link.open()
    scene.unplug()
    await asyncio.sleep(0.05)
    for _ in range(2):
        assert await code_of(scene.link.read(10)) == "LINK_LOST"
        with pytest.raises(ReaderError, match="LINK_LOST"):
            scene.link.write(b"gone")
    scene.plug()
    assert await code_of(scene.link.read(10)) == "LINK_LOST"
    await scene.link.open()
    scene.link.write(b"back")
    assert await read_all(scene.link, 4) == b"back"


async def test_a_link_knows_that_it_is_open_closed_and_lost_though_nobody_reads(scene: Scene) -> None:
    assert not scene.link.is_open
    await scene.link.open()
    assert scene.link.is_open
    scene.unplug()
    await asyncio.sleep(0.05)
    assert not scene.link.is_open


async def test_closing_is_idempotent_and_wakes_whoever_reads(scene: Scene) -> None:
    await scene.link.close()
    await scene.link.open()
    reading = asyncio.ensure_future(scene.link.read(5000))
    await asyncio.sleep(0)
    await scene.link.close()
    await scene.link.close()
    assert await code_of(reading) == "LINK_LOST"


async def test_what_lies_in_the_line_before_opening_is_not_read(scene: Scene) -> None:
    scene.say(b"from an earlier run")
    await asyncio.sleep(0.02)
    await scene.link.open()
    assert await scene.link.read(20) == b""


async def test_opening_twice_is_opening_anew(scene: Scene) -> None:
    await scene.link.open()
    scene.link.write(b"one")
    await asyncio.sleep(0.02)
    await scene.link.open()
    assert await scene.link.read(10) == b""


async def test_the_rate_can_be_changed(scene: Scene) -> None:
    await scene.link.open()
    await scene.link.set_baud(921600)
    scene.link.write(b"fast")
    assert await read_all(scene.link, 4) == b"fast"
