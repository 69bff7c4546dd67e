"""A terminal is replaced: its disk goes into a new box with another PSAM and another clock, and is enrolled anew."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector
from edge.simulation.machine import Machine
from edge.simulation.town import HOUR_S

SWAPPED: Final = FaultClass("terminal_swapped", 0.008, "the terminal was swapped: its disk runs in another box")
FORGOTTEN: Final = FaultClass("swap_unannounced", 0.008, "the box was swapped and nobody enrolled it anew")
NEW_PSAM: Final = 0x4520_0300_0000
OFF_S: Final = 300.0


class TerminalSwapped(Injector):
    """Swaps boxes, with and without a new enrolment."""

    classes: ClassVar[tuple[FaultClass, ...]] = (SWAPPED, FORGOTTEN)

    async def run(self) -> None:
        """Swap some, every hour."""
        while True:
            await asyncio.sleep(HOUR_S)
            for machine in [each for each in self.town.machines if each.in_use and each.powered]:
                for fault in self.classes:
                    if machine.powered and machine.service is not None and self.faults.strike(fault, machine.label):
                        self.town.start(self._swap(machine, fault))
                        break

    async def _swap(self, machine: Machine, fault: FaultClass) -> None:
        machine.switch_off()
        self.town.note(machine.label, fault.words)
        machine.disturbed_ms = self.town.now_ms()
        number = NEW_PSAM + self.town.stream("psams").randrange(1 << 24)
        machine.install_psam(number.to_bytes(6, "big"))
        machine.enrol_due = machine.enrol_due or fault is SWAPPED
        await asyncio.sleep(OFF_S)
        machine.switch_on()
