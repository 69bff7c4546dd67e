"""The power fails: at every boundary of a database job, and at any moment around a tap."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from edge.simulation.boarding import Visit
from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector
from edge.simulation.life import Boundary
from edge.simulation.machine import Machine

AT_BOUNDARY: Final = {
    Boundary.JOB_BEFORE: FaultClass("cut_before_job", 0.0004, "the power failed before a database job began"),
    Boundary.COMMIT_BEFORE: FaultClass("cut_before_commit", 0.0015, "the power failed before a commit"),
    Boundary.COMMIT_AFTER: FaultClass("cut_after_commit", 0.0015, "the power failed after a commit"),
    Boundary.JOB_AFTER: FaultClass("cut_after_job", 0.0004, "the power failed before a job was answered"),
}
AT_RANDOM: Final = FaultClass("cut_in_tap", 0.01, "the power failed somewhere in a tap")
CENTRE: Final = FaultClass("centre_cut", 0.0004, "the power of the centre failed at a boundary")
TAP_S: Final = 1.2


class PowerCut(Injector):
    """Cuts the power of terminals and of the centre."""

    classes: ClassVar[tuple[FaultClass, ...]] = (*AT_BOUNDARY.values(), AT_RANDOM, CENTRE)

    def at_boundary(self, machine: Machine, boundary: Boundary) -> None:
        """Cut here, perhaps."""
        fault = AT_BOUNDARY[boundary]
        if machine.process.running and self.faults.strike(fault, machine.label):
            self.town.note(machine.label, fault.words)
            machine.process.cut()

    def at_centre_boundary(self, boundary: Boundary) -> None:
        """Cut the centre here, perhaps."""
        if self.town.centre.process.running and self.faults.strike(CENTRE, "centre"):
            self.town.note("centre", f"{CENTRE.words} ({boundary.value})")
            self.town.centre.process.cut()

    def at_visit(self, visit: Visit) -> None:
        """Cut somewhere in this tap, perhaps."""
        if self.faults.draw(AT_RANDOM, visit.machine.label):
            delay_s = self.town.stream(f"{visit.machine.label}/cuts").uniform(0, TAP_S)
            self.town.start(self._cut_in(visit.machine, delay_s))

    async def _cut_in(self, machine: Machine, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        if machine.process.running:
            self.faults.count(AT_RANDOM)
            self.town.note(machine.label, AT_RANDOM.words)
            machine.process.cut()
