"""Signed time as a running terminal hears it, keeps it, and measures the age of its lists by it.

An ack carries the centre's signed time and the newest edition it offers: where that is the one in force, its lists are
known to be the newest ones at that time, however long ago they were published. A terminal to which no ack comes, for it
has nothing to send, is told both when it asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from edge.domain.exchange import EDITION, Ack, ArtifactHeader, SignedTime
from edge.domain.frozen import mutable
from edge.domain.holder import ListAge
from edge.domain.tap import TimeQuality
from edge.ports import Clock, JournalKeeper, TimeMarks

TRUSTED_ENTRIES: Final = 100
"""How far back from the newest entry a trusted time is looked for."""
KEPT_EVERY_MS: Final = 1_800_000
"""Signed time is written down after this much has passed: a start without a network then knows it so well."""


def trusted_ms(clock: Clock) -> int:
    """Return the time in ms UTC where it is trusted, else 0: by it nothing has come, and nothing is over."""
    return clock.wall_ms() if clock.quality() is TimeQuality.TRUSTED else 0


@mutable
class Timekeeping:
    """Hears signed time and keeps it in the journal. ``learn`` hands a signed time to the clock.

    ``confirmed_ms`` is when the edition in force was last known to be the newest (ms UTC, 0: never).
    """

    clock: Clock
    learn: Callable[[int], None]
    journal: JournalKeeper
    confirmed_ms: int = 0
    signed_ms: int = 0
    _in_force: int = 0
    _offered: int = 0
    _offered_ms: int = 0

    def __post_init__(self) -> None:
        """Begin with what the journal kept."""
        kept = self.journal.position().time
        self.confirmed_ms, self.signed_ms = kept.confirmed_ms, kept.signed_ms

    def hear(self, ack: Ack, *, carried: bool) -> None:
        """Take the signed time of an ack, and the edition that it offers.

        The time of one that was ``carried`` has passed, nobody knows how long ago: the clock is not set by it.
        """
        if not carried:
            self.learn(ack.server_time_ms)
        self._take(ack.server_time_ms, dict(ack.offers).get(EDITION, 0))

    def be_told(self, told: SignedTime) -> None:
        """Take the signed time that was asked for, and the edition that is the newest."""
        self.learn(told.server_time_ms)
        self._take(told.server_time_ms, told.edition)

    def _take(self, signed_ms: int, offered: int) -> None:
        self.signed_ms = max(self.signed_ms, signed_ms)
        if offered >= self._offered and signed_ms >= self._offered_ms:
            self._offered, self._offered_ms = offered, signed_ms

    def confirm(self, in_force: int) -> None:
        """Hold what the centre offered against the edition in force; one that was returned to, nothing confirms."""
        if in_force < self._in_force:
            self.confirmed_ms = 0
        self._in_force = in_force
        if in_force and 0 < self._offered <= in_force:
            self.confirmed_ms = max(self.confirmed_ms, self._offered_ms)

    async def keep(self) -> None:
        """Write signed time down where enough of it has passed: rarely, for the flash's sake."""
        marks = TimeMarks(self.clock.known_ms(), self.signed_ms, self.confirmed_ms)
        kept = self.journal.position().time
        if is_due(kept, marks):
            await self.journal.keep_time(marks)


def is_due(kept: TimeMarks, marks: TimeMarks) -> bool:
    """Say whether what is known by now is worth a flush."""
    passed_ms = marks.high_water_ms - kept.high_water_ms, marks.signed_ms - kept.signed_ms
    return max(*passed_ms, marks.confirmed_ms - kept.confirmed_ms) >= KEPT_EVERY_MS or (
        marks.confirmed_ms < kept.confirmed_ms
    )


def ages_of(headers: Iterable[ArtifactHeader], confirmed_ms: int, known_ms: int) -> tuple[ListAge, ...]:
    """Return the lists in force with their ages: as old as signed time proves them to be, -1 where it proves none."""
    return tuple(
        ListAge(header.kind, header.name, header.version, _age_s(max(header.not_before_ms, confirmed_ms), known_ms))
        for header in headers
    )


def _age_s(as_of_ms: int, known_ms: int) -> int:
    return (known_ms - as_of_ms) // 1000 if 0 < as_of_ms <= known_ms else -1


async def passed_ms(journals: Sequence[JournalKeeper]) -> int:
    """Return the newest time that has surely passed, by what journals kept (ms UTC, 0: they say nothing).

    Beside what was signed that is the time of the newest entry that was trusted, so that entries stay in order. A time
    that nobody had confirmed may lie years ahead, and would hold the clock there for ever.
    """
    marks = [each.position().time for each in journals]
    kept = max((max(each.high_water_ms, each.signed_ms) for each in marks), default=0)
    return max(kept, await _trusted_entry_ms(journals[-1]))


async def _trusted_entry_ms(journal: JournalKeeper) -> int:
    last = journal.position().last
    for seq in range(last, max(0, last - TRUSTED_ENTRIES), -1):
        newest = await journal.entry(seq)
        if newest is not None and newest.quality is TimeQuality.TRUSTED:
            return newest.time_ms
    return 0
