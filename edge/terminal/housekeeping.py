"""Upkeep of the journals between taps: one piece at a time, in the journal in force first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edge.domain.errors import OneCardError, Recovery, StoreError
from edge.domain.frozen import mutable
from edge.ports import Clock, JournalKeeper
from edge.terminal.streams import EpochStream
from edge.terminal.timekeeping import trusted_ms


@mutable
class Housekeeping:
    """Does what is due in the ``journal`` in force or, where it needs nothing, in one of the ``older`` ones in turn."""

    clock: Clock
    journal: JournalKeeper
    older: Sequence[EpochStream]
    report: Callable[[OneCardError], None]
    _turn: int = -1

    async def keep(self) -> None:
        """Do one piece of what is due."""
        if await self._keep(self.journal) or not self.older:
            return
        self._turn = (self._turn + 1) % len(self.older)
        await self._keep(self.older[self._turn].feed)

    async def _keep(self, journal: JournalKeeper) -> bool:
        """Say whether something was due; a disk that has no room for it stops the sales, not the service."""
        try:
            return await journal.upkeep(trusted_ms(self.clock))
        except StoreError as error:
            if error.recovery is not Recovery.DEGRADE:
                raise
            self.report(error)
            return False
