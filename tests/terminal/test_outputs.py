"""The driver's lamp and a gate: what signals do to them, that no tap waits, and that a gate is never left open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from drivers.links.memory import MemoryLine
from drivers.outputs.relay_board import RelayBoard
from drivers.virtual.relay_board import VirtualRelayBoard
from edge.domain.errors import ConfigError, OneCardError
from edge.ports import Signal
from edge.simulation.loop import SimulationLoop
from edge.terminal.events import Broadcast
from edge.terminal.gate_line import GateLine
from edge.terminal.lamp_line import LampLine
from edge.terminal.outcome import Outcome
from edge.wiring_virtual import virtual_relays
from tests.cli.terminal_folder import enrolled
from tests.terminal.served_terminal import serving, until

PAID: Final = Signal("green", "accepted", "accepted", fen=200)
REFUSED: Final = Signal("red", "refused", "balance_too_low")
ARMED: Final = Signal("", "", "pays_for_several", riders=3)
LAMPS: Final = {"green": 1, "red": 2}
SHOW_MS: Final = 2_000
PULSE_MS: Final = 500


class Bench:
    """A relay board on a line in memory with a lamp or a gate, on a virtual clock."""

    def __init__(self, make: Callable[[Bench], LampLine | GateLine]) -> None:
        self.device = VirtualRelayBoard(lambda _event: None)
        self.wire = MemoryLine("relays", self.device)
        self.outputs = RelayBoard(self.wire.link(), (1, 2), "relay")
        self.broadcast = Broadcast({})
        self.faults: list[OneCardError] = []
        self.line = make(self)


def lamp(bench: Bench) -> LampLine:
    return LampLine(bench.outputs, bench.broadcast, bench.faults.append, LAMPS, SHOW_MS)


def gate(bench: Bench) -> GateLine:
    return GateLine(bench.outputs, bench.broadcast, bench.faults.append, 1, PULSE_MS)


def played(make: Callable[[Bench], LampLine | GateLine], scene: Callable[[Bench], Awaitable[None]]) -> None:
    async def whole() -> None:
        bench = Bench(make)
        async with served(bench):
            await scene(bench)
        assert bench.device.on == set()

    run(whole())


def run(scene: Coroutine[Any, Any, None]) -> None:
    loop = SimulationLoop(1)
    try:
        loop.run_until_complete(scene)
    finally:
        loop.close()
    assert loop.unhandled == []


@asynccontextmanager
async def served(bench: Bench) -> AsyncIterator[None]:
    serving = asyncio.create_task(bench.line.serve())
    await asyncio.sleep(0.01)
    try:
        yield
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


async def tapped(bench: Bench, tap: str, *, accepted: bool = True, after_s: float = 0.01) -> set[int]:
    """End a tap, and return what is on a little later."""
    bench.broadcast.publish("tap", tap=tap, accepted=accepted)
    await asyncio.sleep(after_s)
    return set(bench.device.on)


async def shown(bench: Bench, signal: Signal, after_s: float = 0.01) -> set[int]:
    """Show a signal, and return what is on a little later."""
    bench.broadcast.show(signal)
    await asyncio.sleep(after_s)
    return set(bench.device.on)


def test_the_lamp_stands_for_its_time_or_until_the_next() -> None:
    async def scene(bench: Bench) -> None:
        assert await shown(bench, PAID) == {1}
        assert await shown(bench, REFUSED) == {2}
        assert await shown(bench, ARMED) == {2}
        await asyncio.sleep(SHOW_MS / 1000)
        assert bench.device.on == set()

    played(lamp, scene)


def test_of_a_rush_the_newest_is_lit() -> None:
    async def scene(bench: Bench) -> None:
        for signal in (PAID, REFUSED, PAID, REFUSED):
            bench.broadcast.show(signal)
        assert await shown(bench, PAID) == {1}

    played(lamp, scene)


def test_a_lamp_that_is_gone_is_reported_once_and_comes_back() -> None:
    async def scene(bench: Bench) -> None:
        assert await shown(bench, PAID) == {1}
        bench.wire.unplug()
        bench.device.power_cycle()
        await shown(bench, REFUSED)
        await shown(bench, PAID)
        assert [fault.code for fault in bench.faults] == ["LINK_ABSENT"]
        bench.wire.plug()
        assert await shown(bench, PAID) == {1}

    played(lamp, scene)


def test_each_accepted_tap_opens_the_gate_once_and_nothing_else_does() -> None:
    async def scene(bench: Bench) -> None:
        assert await tapped(bench, "01", accepted=False) == set()
        assert await shown(bench, ARMED) == set()
        bench.broadcast.publish("tap", tap="02", accepted=True)
        assert await tapped(bench, "03") == {1}
        await asyncio.sleep(PULSE_MS / 1000)
        assert bench.device.on == {1}, "the second of two that came together"
        await asyncio.sleep(PULSE_MS / 1000)
        assert bench.device.on == set()

    played(gate, scene)


def test_an_answer_that_is_given_again_lets_nobody_through_behind() -> None:
    async def scene(bench: Bench) -> None:
        assert await tapped(bench, "02", after_s=PULSE_MS / 1000 + 0.1) == set()
        assert await tapped(bench, "02") == set()
        assert await tapped(bench, "03") == {1}

    played(gate, scene)


def test_a_gate_that_a_crash_left_open_is_shut_at_the_start() -> None:
    async def whole() -> None:
        bench = Bench(gate)
        bench.device.on.add(1)
        async with served(bench):
            assert bench.device.on == set()

    run(whole())


def test_a_gate_is_shut_by_whatever_ends_the_service_inside_a_pulse() -> None:
    async def scene(bench: Bench) -> None:
        assert await tapped(bench, "02") == {1}

    played(gate, scene)


def test_a_gate_whose_board_goes_inside_a_pulse_is_shut_when_it_is_back() -> None:
    """The board keeps its power and its relay: the line alone was lost."""

    async def scene(bench: Bench) -> None:
        assert await tapped(bench, "02") == {1}
        bench.wire.unplug()
        await tapped(bench, "03", after_s=1)
        assert bench.device.on == {1}
        bench.wire.plug()
        await asyncio.sleep(5)
        assert bench.device.on == set(), "shut, and nothing late is opened for"
        assert {fault.code for fault in bench.faults} == {"LINK_LOST", "LINK_ABSENT"}
        assert await tapped(bench, "04") == {1}

    played(gate, scene)


GATE: Final = '[relay]\nboard = "relay"\npath = "{path}"\nentry = 1\nexit = 2\ndirection = "exit"\npulse_ms = 200\n'


@pytest.mark.line
async def test_a_configured_gate_is_opened_and_shut(tmp_path: Path) -> None:
    folder = enrolled(tmp_path)
    events: asyncio.Queue[Any] = asyncio.Queue()
    board = virtual_relays(link=tmp_path / "relays", report=events.put_nowait)
    text = folder.config.read_text("utf-8") + "\n" + GATE.format(path=board.port.path)
    folder.config.write_text(text, "utf-8")
    async with board.port, AsyncExitStack() as stack, asyncio.timeout(20):
        service = await serving(folder.config, stack)
        await until(lambda: service.beside["relay"].port.counters()["relay_frames"] > 0)
        service.note_outcome(Outcome(True, PAID, b"12345678"))
        assert [await events.get(), await events.get()] == [
            {"event": "relay", "relay": 2, "on": True},
            {"event": "relay", "relay": 2, "on": False},
        ]
        assert "relay" in (await service.status())["ports"]


ONE_BOARD: Final = """
[lamp]
board = "relay"
path = "x"
green = 1
[relay]
board = "relay"
path = "x"
entry = 2
"""
SENSELESS: Final = {
    "a gate without a path": '[relay]\nboard = "relay"\nentry = 1\n',
    "a gate that opens no way": '[relay]\nboard = "relay"\npath = "x"\n',
    "the way that is opened is not there": '[relay]\nboard = "relay"\npath = "x"\nentry = 1\ndirection = "exit"\n',
    "both ways are one output": '[relay]\nboard = "gpio"\npath = "x"\nentry = 4\nexit = 4\n',
    "a relay without a number": '[lamp]\nboard = "relay"\npath = "x"\ngreen = 0\n',
    "lamp and gate on one board": ONE_BOARD,
}


@pytest.mark.parametrize("text", SENSELESS.values(), ids=SENSELESS)
async def test_outputs_that_make_no_sense_are_refused_at_the_start(tmp_path: Path, text: str) -> None:
    folder = enrolled(tmp_path)
    folder.config.write_text(folder.config.read_text("utf-8") + "\n" + text, "utf-8")
    async with AsyncExitStack() as stack:
        with pytest.raises(ConfigError, match=r"relay|lamp") as refused:
            await serving(folder.config, stack)
        assert refused.value.code == "CONFIG_VALUE"
