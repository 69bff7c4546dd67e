"""The meals of the last day at this till, for the guards of its tariff: read out of the journals, like the shift."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Final

from edge.domain.entry import Entry
from edge.domain.errors import PolicyError
from edge.domain.fare import version_of
from edge.domain.frozen import mutable
from edge.domain.holder import Holder
from edge.domain.meals.guards import NO_GUARDS
from edge.domain.meals.lately import LOOK_BACK_MS, Asking, seen_before
from edge.domain.meals.seen import MealsSeen
from edge.domain.meals.sheet import Sheet, Standing
from edge.domain.policy import Policy
from edge.domain.tap import Tap
from edge.domain.tariff.calendar import local
from edge.ports import JournalKeeper
from sync.wire import decode_entry

PAGE: Final = 200
"""Entries that are folded in one go."""


@mutable
class Lately:
    """Folds what was sold since a day ago; a restart folds the same. ``journals`` are oldest epoch first."""

    journals: Callable[[], Sequence[JournalKeeper]]
    sheet: Sheet = field(default_factory=Sheet)
    _folded: dict[int, int] = field(default_factory=dict)

    async def seen(self, tap: Tap, policy: Policy, holder: Holder | None) -> MealsSeen | None:
        """Return what the guards in force ask of the meals before a tap; None where none is on, or nothing is sold."""
        try:
            bundle = version_of(policy, tap)
        except PolicyError:
            return None
        guards = bundle.document.x_meal_guards
        if guards == NO_GUARDS or tap.sale is None:
            return None
        await self._catch_up(tap.time_ms - LOOK_BACK_MS)
        _, day_s = local(tap.time_ms, policy.utc_offset_min)
        person = tap.token if holder is None else holder.token
        asking = Asking(tap.time_ms, (tap.time_ms // 1000 - day_s) * 1000, tap.token, person)
        return seen_before(self.sheet.sales(Standing.PAID, Standing.TORN), guards, asking)

    async def _catch_up(self, from_ms: int) -> None:
        """Fold what was written since the last look, and drop what no guard looks back to."""
        for journal in self.journals():
            epoch, last = journal.position().epoch, journal.position().last
            begun = self._folded.get(epoch)
            at = await self._first_since(journal, last, from_ms) if begun is None else begun + 1
            while at <= last and (found := await journal.page(at, PAGE)):
                for entry in map(decode_entry, found):
                    await self._fold(journal, entry)
                    at = entry.seq + 1
            self._folded[epoch] = last
        self.sheet.forget_before(from_ms)

    async def _fold(self, journal: JournalKeeper, entry: Entry) -> None:
        """Fold an entry, and before it the older intent that it closes; of one that was pruned nothing is said."""
        if missing := self.sheet.lacks(entry):
            intent = await journal.entry(missing)
            if intent is None:
                return
            self.sheet.fold(intent)
        self.sheet.fold(entry)

    async def _first_since(self, journal: JournalKeeper, last: int, from_ms: int) -> int:
        """Return from which entry on a journal was not yet folded: back by pages to one older than a day."""
        at = last + 1
        while at > 1:
            at = max(at - PAGE, 1)
            entry = await journal.entry(at)
            if entry is None or entry.time_ms < from_ms:
                break
        return at
