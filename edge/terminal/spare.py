"""A terminal that comes out of a drawer serves only once it has been fed: by the centre, or by courier.

Old is what signed time proves to be old. A terminal that has never accepted anything is held to more: until it is fed
its clock, too, must show its lists to be young, where it is not known to be wrong. What a used terminal cannot prove
either way is left to the tiers of risk.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict
from enum import StrEnum
from typing import Final

from edge.control.messages import Message
from edge.control.status import LackStatus
from edge.domain.decision import Reason
from edge.domain.entry import Kind
from edge.domain.errors import OneCardError, PolicyError, Recovery, StoreError
from edge.domain.exchange import ArtifactHeader
from edge.domain.frozen import mutable
from edge.domain.tap import TimeQuality
from edge.ports import Clock, JournalKeeper

HOUR_MS: Final = 3_600_000


class Lack(StrEnum):
    """Why a terminal's lists do not suffice."""

    OLD = "old"
    UNUSED = "unused"


@mutable
class SpareWatch:
    """Says whether the lists in force suffice to serve at all.

    ``age_ms_max`` is the age from which they do not (0: whatever their age). ``record`` writes an entry, which makes
    the centre answer, and ``hurry`` asks the sync process to send it at once. ``used``: the terminal has accepted
    something before. ``fed``: an ack, signed time, or a newer edition than the ``first`` one in force, has come since
    the start.
    """

    clock: Clock
    record: Callable[[str, tuple[tuple[str, str], ...]], Awaitable[None]]
    report: Callable[[OneCardError], None]
    hurry: Callable[[], None]
    age_ms_max: int = 0
    used: bool = True
    fed: bool = False
    lack: Lack | None = None
    as_of_ms: int = 0
    first: int = 0

    async def stop(self, edition: ArtifactHeader, confirmed_ms: int) -> str:
        """Return the word for which nothing may be sold, empty where the lists suffice.

        ``confirmed_ms`` is when the centre last said that the edition is its newest (ms UTC, 0: never).
        """
        self.fed = self.fed or edition.version > self.first
        self.as_of_ms = max(edition.not_before_ms, confirmed_ms)
        before, self.lack = self.lack, self._judge()
        if self.lack is None:
            return ""
        if before is None:
            await self._tell(edition.version, self.lack)
        return Reason.LISTS_STALE

    def status(self) -> Message | None:
        """Return what is lacking as the status tells it, None where nothing is."""
        if self.lack is None:
            return None
        return asdict(LackStatus(self.lack.value, self.as_of_ms, self.age_ms_max // HOUR_MS))

    def _judge(self) -> Lack | None:
        if not self.age_ms_max or not self.as_of_ms:
            return None
        if self.clock.known_ms() - self.as_of_ms >= self.age_ms_max:
            return Lack.OLD
        wrong = self.clock.quality() is TimeQuality.UNTRUSTED
        shown_old = self.clock.wall_ms() - self.as_of_ms >= self.age_ms_max
        return Lack.UNUSED if not self.used and not self.fed and (wrong or shown_old) else None

    async def _tell(self, edition: int, lack: Lack) -> None:
        """Say it to everybody, the centre too: its answer may be all that is lacking."""
        hours = self.age_ms_max // HOUR_MS
        self.report(PolicyError("LISTS_STALE", f"edition {edition} is not known to be younger than {hours} h"))
        pairs = (("edition", str(edition)), ("lack", lack.value), ("as_of_ms", str(self.as_of_ms)))
        try:
            await self.record("lists.stale", pairs)
        except StoreError as error:
            if error.recovery is not Recovery.DEGRADE:
                raise
            self.report(error)  # a full disk: nothing is sold for that reason either
        self.hurry()


async def has_served(journals: Iterable[JournalKeeper]) -> bool:
    """Say whether a terminal has ever accepted anything, in any epoch whose journal is still there."""
    for journal in journals:
        for kind in (Kind.POSTED, Kind.TAP, Kind.SETTLED):
            if await journal.page(1, 1, kind):
                return True
    return False
