"""The disk is full for a while: no commit goes through."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from edge.simulation.boarding import Visit
from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector
from edge.simulation.machine import Machine

FULL: Final = FaultClass("disk_full", 0.004, "the disk was full, a commit was refused")
MOMENT_S: Final = 0.9
FULL_S: Final = (0.5, 600.0)


class DiskFull(Injector):
    """Fills a disk somewhere in a tap, and makes room later."""

    classes: ClassVar[tuple[FaultClass, ...]] = (FULL,)

    def at_visit(self, visit: Visit) -> None:
        """Fill it, perhaps; it counts when a commit was refused."""
        if self.faults.draw(FULL, visit.machine.label):
            self.town.start(self._fill(visit.machine))

    async def _fill(self, machine: Machine) -> None:
        draw = self.town.stream(f"{machine.label}/disk")
        await asyncio.sleep(draw.uniform(0, MOMENT_S))
        before = machine.disk.full_refusals
        machine.disk.full = True
        self.town.note(machine.label, "the disk is full")
        await asyncio.sleep(draw.uniform(*FULL_S))
        machine.disk.full = False
        self.town.note(machine.label, "the disk has room again")
        if machine.disk.full_refusals > before:
            self.faults.count(FULL)
