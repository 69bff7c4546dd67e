"""The terminal's process is asked to end in the middle of a tap, and started again."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from edge.simulation.boarding import Visit
from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector
from edge.simulation.machine import Machine

ENDED: Final = FaultClass("process_ended", 0.006, "the terminal's process was ended in a tap")
TAP_S: Final = 1.0


class ProcessEnded(Injector):
    """Sends SIGTERM."""

    classes: ClassVar[tuple[FaultClass, ...]] = (ENDED,)

    def at_visit(self, visit: Visit) -> None:
        """End it somewhere in this tap, perhaps."""
        if self.faults.draw(ENDED, visit.machine.label):
            self.town.start(self._end_in(visit.machine))

    async def _end_in(self, machine: Machine) -> None:
        await asyncio.sleep(self.town.stream(f"{machine.label}/ended").uniform(0, TAP_S))
        if machine.service is not None:
            self.faults.count(ENDED)
            self.town.note(machine.label, ENDED.words)
            machine.terminate()
