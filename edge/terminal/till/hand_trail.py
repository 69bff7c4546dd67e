"""What the journals say of meals by hand: how many there were today, and which PINs were wrong before this start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Final

from edge.domain.entry import DeclinedTap, Entry, PaidTap, Remark
from edge.domain.family import Family
from edge.domain.frozen import frozen, mutable
from edge.domain.reversal import Reversed
from edge.ports import Clock, JournalKeeper
from edge.terminal.till.pin_tries import LOCK_MS, PinTries
from sync.wire import decode_entry

REFUSED: Final = "code.refused"
"""Subject of the entry of a wrong PIN; it names staff and the token of what was typed."""
COLLECTED: Final = "code.collects"
"""Subject of the entry of a relative's right PIN for a meal that a card then pays."""
PAGE: Final = 200
DAY_MS: Final = 86_400_000
READ_BACK_MS: Final = 2 * DAY_MS
"""How far back entries are read at the first look: any civil day, and any lock, lies within it."""


@frozen
class Taken:
    """One meal by hand that stands: when, and whose by the holder's token."""

    time_ms: int
    holder: bytes


@mutable
class HandTrail:
    """A fold of the journals, oldest epoch first. Catch up before every question, while no tap is taken."""

    journals: Callable[[], Sequence[JournalKeeper]]
    clock: Clock
    tries: PinTries
    _taken: dict[tuple[int, int], Taken] = field(default_factory=dict)
    _folded: dict[int, int] = field(default_factory=dict)
    _began: bool = False

    def counts(self, holder: bytes, day_from_ms: int) -> tuple[int, int]:
        """Return how many meals by hand the day has seen: this person's, and everybody's."""
        today = [taken for taken in self._taken.values() if 0 <= taken.time_ms - day_from_ms < DAY_MS]
        return sum(taken.holder == holder for taken in today), len(today)

    async def catch_up(self) -> None:
        """Fold what was written since the last look; at the first one, what may still count."""
        now_ms = self.clock.wall_ms()
        past_ms = now_ms - READ_BACK_MS
        self._taken = {place: taken for place, taken in self._taken.items() if taken.time_ms >= past_ms}
        for journal in self.journals():
            place = journal.position()
            epoch = place.epoch
            folded = self._folded.setdefault(epoch, 0)
            if place.last - folded > PAGE:  # after a quiet month, entries that count no more are passed over
                self._folded[epoch] = max(folded, await last_before(journal, past_ms))
            while found := await journal.page(self._folded[epoch] + 1, PAGE):
                for entry in map(decode_entry, found):
                    self._fold(entry, now_ms)
                    self._folded[epoch] = entry.seq
        self._began = True

    def _fold(self, entry: Entry, now_ms: int) -> None:
        body = entry.body
        if isinstance(body, PaidTap) and body.medium.manual is not None:
            self._taken[entry.epoch, entry.seq] = Taken(entry.time_ms, body.medium.manual.holder)
        elif isinstance(body, Reversed):
            self._taken.pop((entry.epoch, entry.ref_seq), None)
        if not self._began:
            self._fold_tries(body, max(now_ms - entry.time_ms, 0))

    def _fold_tries(self, body: object, ago_ms: int) -> None:
        """Count a wrong PIN of an earlier start; a clock that fell back makes it one of just now."""
        if isinstance(body, Remark) and body.subject == REFUSED and ago_ms < LOCK_MS:
            self.tries.refused(bytes.fromhex(dict(body.pairs)["code"]), ago_ms)
        elif isinstance(body, Remark) and body.subject == COLLECTED:
            self.tries.accepted(bytes.fromhex(dict(body.pairs)["code"]))
        elif isinstance(body, PaidTap | DeclinedTap) and body.family == Family.MANUAL:
            self.tries.accepted(body.token)


async def last_before(journal: JournalKeeper, time_ms: int) -> int:
    """Return the last entry before a time, by halving: entries that were pruned are older than any that are kept."""
    low, high = 0, journal.position().last
    while low < high:
        middle = (low + high + 1) // 2
        entry = await journal.entry(middle)
        if entry is None or entry.time_ms < time_ms:
            low = middle
        else:
            high = middle - 1
    return low
