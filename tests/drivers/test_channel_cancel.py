"""A command cancelled at any moment leaves a line on which the next command gets its own answer."""

from __future__ import annotations

import asyncio

import pytest

from drivers.framing import Procedure, ReaderCommand
from drivers.readers.ccid.message import ESCAPE, request
from drivers.readers.ccid.procedures import SlotState
from drivers.virtual.device import Reply
from tests.drivers.reader_bench import Bench, gemcore_bench, on_virtual_time, pn532_bench

MOMENTS_MS = (0.0, 0.5, 3.0, 5.0, 7.5, 12.0, 20.0, 29.5)
"""Before the ACK (5 ms), between ACK and answer, at the answer (29 ms), and after nothing at all."""


def slowly(replies: list[Reply]) -> list[Reply]:
    return [reply._replace(delay_ms=5.0 + 24.0 * turn) for turn, reply in enumerate(replies)]


def echo(text: bytes) -> Procedure[bytes]:
    """Diagnose 00: the chip repeats the text, so every answer can be told from every other."""
    return (yield ReaderCommand(b"\x00\x00" + text, 200, repeatable=False, step="echo"))


def firmware() -> Procedure[bytes]:
    return (yield ReaderCommand(request(ESCAPE, 0, b"\x02"), 500, repeatable=False, step="firmware"))


@pytest.mark.parametrize("moment_ms", MOMENTS_MS)
@pytest.mark.parametrize("steps", range(4))
def test_pn532_after_a_cancelled_exchange(moment_ms: float, steps: int) -> None:
    async def scene() -> None:
        bench, _ = pn532_bench()
        await bench.channel.open()
        bench.faulty.plan.append(slowly)
        task = asyncio.ensure_future(bench.channel.run(echo(b"first")))
        await asyncio.sleep(moment_ms / 1000)
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert await bench.channel.run(echo(b"second")) == b"\x00second"

    on_virtual_time(scene())


@pytest.mark.parametrize("moment_ms", MOMENTS_MS)
def test_gemcore_after_a_cancelled_exchange(moment_ms: float) -> None:
    async def scene() -> None:
        bench, ccid = gemcore_bench()
        await bench.channel.open()
        bench.faulty.plan.append(slowly)
        task = asyncio.ensure_future(bench.channel.run(firmware()))
        await asyncio.sleep(moment_ms / 1000)
        task.cancel()
        await asyncio.wait([task])
        assert await bench.channel.run(ccid.slot_state(1)) == SlotState.INACTIVE
        assert await bench.channel.run(ccid.slot_state(3)) == SlotState.ABSENT

    on_virtual_time(scene())


def test_cancelling_while_waiting_for_ones_turn_leaves_the_running_command_alone() -> None:
    async def scene() -> None:
        bench, _ = pn532_bench()
        await bench.channel.open()
        bench.faulty.plan.append(slowly)
        running = asyncio.ensure_future(bench.channel.run(echo(b"first")))
        await asyncio.sleep(0.001)
        waiting = asyncio.ensure_future(bench.channel.run(echo(b"second")))
        await asyncio.sleep(0.001)
        waiting.cancel()
        assert await running == b"\x00first"
        assert bench.count("resyncs") == 0

    on_virtual_time(scene())


def test_commands_of_two_tasks_never_mix() -> None:
    async def scene() -> None:
        bench, _ = pn532_bench()
        await bench.channel.open()
        bench.faulty.plan.extend([slowly] * 20)
        texts = [bytes((number,)) * 9 for number in range(20)]
        answers = await asyncio.gather(*(bench.channel.run(echo(text)) for text in texts))
        assert answers == [b"\x00" + text for text in texts]

    on_virtual_time(scene())


def test_cancelling_the_resynchronisation_itself_is_survived() -> None:
    async def scene() -> None:
        for moment_ms in range(0, 40, 3):
            bench, _ = pn532_bench()
            await bench.channel.open()
            bench.faulty.plan.append(slowly)
            for text, wait_ms in ((b"first", 7), (b"second", moment_ms)):
                task = asyncio.ensure_future(bench.channel.run(echo(text)))
                await asyncio.sleep(wait_ms / 1000)
                task.cancel()
                await asyncio.wait([task])
            assert await bench.channel.run(echo(b"third")) == b"\x00third"

    on_virtual_time(scene())


def test_a_line_that_never_falls_silent_is_used_all_the_same() -> None:
    async def scene() -> None:
        bench, _ = pn532_bench()
        await bench.channel.open()
        humming = asyncio.create_task(hum(bench))
        bench.faulty.plan.append(slowly)
        task = asyncio.ensure_future(bench.channel.run(echo(b"first")))
        await asyncio.sleep(0.007)
        task.cancel()
        await asyncio.wait([task])
        assert await asyncio.wait_for(bench.channel.run(echo(b"second")), 1) == b"\x00second"
        humming.cancel()

    on_virtual_time(scene())


async def hum(bench: Bench) -> None:
    while True:
        bench.line.pump.noise(b"\xff")
        await asyncio.sleep(0.01)
