"""A journal comes back from an old image: what was written since is gone from the disk."""

from __future__ import annotations

import asyncio
import shutil
from typing import ClassVar, Final

from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector
from edge.simulation.machine import Machine
from edge.simulation.town import HOUR_S

RESTORED: Final = FaultClass("journal_restored", 0.007, "the disk was put back from an old image")
AGE_S: Final = (600.0, 5 * HOUR_S)
OFF_S: Final = 60.0


class OldImage(Injector):
    """Takes an image of a disk and puts it back hours later."""

    classes: ClassVar[tuple[FaultClass, ...]] = (RESTORED,)

    async def run(self) -> None:
        """Begin with some machines every hour."""
        while True:
            await asyncio.sleep(HOUR_S)
            for machine in [each for each in self.town.machines if each.in_use]:
                if machine.service is not None and self.faults.draw(RESTORED, machine.label):
                    self.town.start(self._restore(machine))

    async def _restore(self, machine: Machine) -> None:
        town, auditor = self.town, self.town.auditor
        image = machine.disk.image(town.folder / f"{machine.label}.{town.now_ms()}.image")
        models = auditor.snapshot(machine.label)
        await asyncio.sleep(town.stream(f"{machine.label}/image").uniform(*AGE_S))
        if town.calm or not machine.powered:
            shutil.rmtree(image)
            return
        machine.switch_off()
        self.faults.count(RESTORED)
        town.note(machine.label, RESTORED.words)
        for model in (*models, *auditor.snapshot(machine.label)):
            auditor.fork(machine.name, model.epoch)
        auditor.put_back(machine.label, models, RESTORED.words)
        machine.disk.restore(image)
        machine.disturbed_ms = town.now_ms()
        await asyncio.sleep(OFF_S)
        machine.switch_on()
