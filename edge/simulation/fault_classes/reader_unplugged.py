"""The reader's cable is pulled, in the middle of a tap or before it, and put back later."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from edge.simulation.boarding import Visit
from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector
from edge.simulation.machine import Machine

UNPLUGGED: Final = FaultClass("reader_unplugged", 0.01, "the reader was unplugged")
MOMENT_S: Final = 0.9
AWAY_S: Final = (3.0, 60.0)


class ReaderUnplugged(Injector):
    """Pulls the cable somewhere in a tap."""

    classes: ClassVar[tuple[FaultClass, ...]] = (UNPLUGGED,)

    def at_visit(self, visit: Visit) -> None:
        """Pull it, perhaps."""
        if self.faults.strike(UNPLUGGED, visit.machine.label):
            self.town.start(self._pull(visit.machine))

    async def _pull(self, machine: Machine) -> None:
        draw = self.town.stream(f"{machine.label}/cable")
        await asyncio.sleep(draw.uniform(0, MOMENT_S))
        self.town.note(machine.label, UNPLUGGED.words)
        machine.pitch.unplug()
        await asyncio.sleep(draw.uniform(*AWAY_S))
        machine.pitch.plug()
        self.town.auditor.may_repeat(machine.label)
