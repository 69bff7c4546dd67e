"""A disk is copied into a second machine: a twin with another PSAM runs under the same name."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from edge.simulation.boarding import board
from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector
from edge.simulation.machine import Machine
from edge.simulation.town import HOUR_S

COPIED: Final = FaultClass("copied_disk", 0.007, "the disk was copied; a twin with another PSAM runs")
TWIN_PSAM: Final = 0x4520_0200_0000
RIDES: Final = (2, 7)
BETWEEN_S: Final = (30.0, 1_200.0)


class CopiedDisk(Injector):
    """Makes twins, and lets a few people ride with them."""

    classes: ClassVar[tuple[FaultClass, ...]] = (COPIED,)

    async def run(self) -> None:
        """Copy a disk, perhaps, every hour."""
        while True:
            await asyncio.sleep(HOUR_S)
            for machine in [each for each in self.town.machines if each.in_use]:
                if machine.service is not None and self.faults.strike(COPIED, machine.label):
                    self.town.start(self._run_twin(machine))

    async def _run_twin(self, machine: Machine) -> None:
        town = self.town
        at = len(town.machines)
        label = f"{machine.name}-twin-{at}"
        twin = Machine(town, label, machine.name, (TWIN_PSAM + at).to_bytes(6, "big"), by_bytes=False)
        image = machine.disk.image(town.folder / f"{label}.image")
        models = town.auditor.snapshot(machine.label)
        for model in models:
            town.auditor.fork(machine.name, model.epoch)
        twin.disk.restore(image)
        town.auditor.put_back(label, models, COPIED.words, is_twin=True)
        twin.enrol_due = twin.in_use = False
        town.machines.append(twin)
        town.note(machine.label, f"{COPIED.words}: {label}")
        machine.disturbed_ms = town.now_ms()
        town.start(twin.live())
        draw = town.stream(f"{label}/riders")
        for _ in range(draw.randint(*RIDES)):
            await asyncio.sleep(draw.uniform(*BETWEEN_S))
            card = draw.choice(town.riders).cards[0]
            if card.returns and not card.held and not town.calm:
                card.held = True
                await board(town, twin, card)
                card.held = False
