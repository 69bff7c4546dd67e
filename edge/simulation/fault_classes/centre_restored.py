"""The centre's store is lost and comes back from a backup hours old; once in a while from the same one again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar, Final

from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector
from edge.simulation.town import HOUR_S

RESTORED: Final = FaultClass("centre_restored", 0.12, "the centre was restored from a backup")
BACKUP_S: Final = 2 * HOUR_S
BACKUPS_KEPT: Final = 2


class CentreRestored(Injector):
    """Takes backups every two hours and restores one of the newest, perhaps."""

    classes: ClassVar[tuple[FaultClass, ...]] = (RESTORED,)

    async def run(self) -> None:
        """Back up and restore, turn by turn."""
        town, backups = self.town, list[Path]()
        for number in range(10_000):
            await asyncio.sleep(BACKUP_S)
            if self.faults.draw(RESTORED, "centre") and backups:
                image = town.stream("backups").choice(backups)
                self.faults.count(RESTORED)
                town.note("centre", RESTORED.words)
                await town.centre.restore(image)
            backups.append(town.centre.disk.image(town.folder / f"backup-{number}"))
            del backups[:-BACKUPS_KEPT]
