"""A lamp and a gate whose board is not there, or hangs in the middle: every tap goes on, and what failed is counted."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from drivers.links.memory import MemoryLine
from drivers.outputs.relay_board import RelayBoard
from drivers.virtual.purse import PurseCard
from drivers.virtual.relay_board import VirtualRelayBoard
from edge.ports import Signal
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
