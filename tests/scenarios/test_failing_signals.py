"""A lamp and a gate whose board is not there, or hangs in the middle: every tap goes on, and what failed is counted."""

from __future__ import annotations

import asyncio
import os
import tty
from contextlib import suppress
from pathlib import Path

import pytest

from drivers.links.memory import MemoryLine
from drivers.links.serial_port import SerialPort, SerialSettings
from drivers.outputs.relay_board import RelayBoard
from drivers.signals.text_display import DisplayModel, DisplayPort
from drivers.virtual.purse import PurseCard
from drivers.virtual.relay_board import VirtualRelayBoard
from edge.domain.errors import OneCardError
from edge.ports import Signal
from edge.terminal.display_line import DisplayLine
from edge.terminal.events import Broadcast
from edge.terminal.gate_line import GateLine
from edge.terminal.lamp_line import LampLine
from edge.terminal.reporting import Beside
from tests.scenarios.tap_bench import Bench, another_card, play, write_fare


class LitBench(Bench):
    """The terminal with a lamp and a gate on boards of their own; its signals go to them as well."""

    def show(self, signal: Signal) -> None:
        """Be the screen, and tell lamp and gate."""
        super().show(signal)
        self.service.broadcast.show(signal)
        self.service.broadcast.publish("tap", tap=str(len(self.lamps)), accepted=signal.lamp == "green")


def boards() -> dict[str, tuple[MemoryLine, RelayBoard]]:
    found = {}
    for name in ("lamp", "relay"):
        wire = MemoryLine(name, VirtualRelayBoard(lambda _event: None))
        found[name] = (wire, RelayBoard(wire.link(), (1, 2), name))
    return found


def test_no_tap_waits_for_a_signal_that_fails(tmp_path: Path) -> None:
    write_fare(tmp_path)
    held = boards()

    async def scene() -> None:
        async with LitBench(tmp_path) as bench:
            (lamp_wire, lamp), (gate_wire, gate) = held["lamp"], held["relay"]
            service = bench.service
            parts: list[Beside] = [
                LampLine(lamp, service.broadcast, service.report, {"green": 1, "red": 2}, 2_000),
                GateLine(gate, service.broadcast, service.report, 1, 500),
            ]
            serving = [asyncio.create_task(part.serve()) for part in parts]
            assert (await bench.ride(PurseCard())).accepted
            for wire in (lamp_wire, gate_wire):
                wire.unplug()
            before = asyncio.get_running_loop().time()
            assert (await bench.ride(another_card())).accepted
            assert asyncio.get_running_loop().time() - before < 4
            assert lamp.counters()["lamp_failures"] >= 1
            assert gate.counters()["relay_failures"] >= 1
            assert service.faults["LINK_ABSENT"] >= 1
            for task in serving:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    play(scene())


@pytest.mark.line
async def test_a_signal_whose_line_takes_no_byte_any_more_holds_nobody_up() -> None:
    """Ptys that nobody reads: their buffers fill, then the bounded queues behind them, and the loop never waits."""
    ends = [os.openpty() for _ in range(3)]
    for _, near in ends:
        tty.setraw(near)
    display, lamp, gate = (SerialPort(SerialSettings(os.ttyname(near), 9600)) for _, near in ends)
    broadcast, faults = Broadcast({"accepted": {"zh": "刷卡成功"}}), list[OneCardError]()
    lines: list[Beside] = [
        DisplayLine(DisplayPort(display, DisplayModel()), broadcast, faults.append, "zh", 500),
        LampLine(RelayBoard(lamp, range(1, 9), "lamp"), broadcast, faults.append, {"green": 1}, 500),
        GateLine(RelayBoard(gate, range(1, 9), "relay"), broadcast, faults.append, 1, 0),
    ]
    serving = [asyncio.create_task(line.serve()) for line in lines]
    await asyncio.sleep(0)
    longest_s, seen = 0.0, asyncio.get_running_loop().time
    for number in range(20_000):
        if len({fault.args[0] for fault in faults}) == len(ends):
            break
        begun_s = seen()
        broadcast.show(Signal("green", "accepted", "accepted", fen=200, balance_fen=4_400))
        broadcast.publish("tap", tap=str(number), accepted=True)
        await asyncio.sleep(0)
        longest_s = max(longest_s, seen() - begun_s)
    for task in serving:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    for end in (descriptor for pair in ends for descriptor in pair):
        os.close(end)
    assert longest_s < 0.5
    assert {fault.code for fault in faults} == {"LINK_LOST"}
    assert len({fault.args[0] for fault in faults}) == len(ends), "each of them was told"
