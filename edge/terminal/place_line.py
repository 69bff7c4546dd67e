"""Follows the place source: every move is an entry of kind shift, and from then on the place of the taps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from edge.domain.duty import Duty, Move, duty_of, told
from edge.domain.entry import NO_TAP, Draft, Kind
from edge.domain.errors import OneCardError
from edge.domain.tap import Place
from edge.ports import JournalKeeper
from edge.ports.place import PlaceSource
from edge.terminal.line import TapLine
from edge.terminal.reopening import Reopening
from edge.terminal.reporting import edition_of
from sync.wire import decode_entry

LOOK_BACK: Final = 2_000
"""Entries: how far back the duty is looked for at a start, page by page; a vehicle's rush hour lies within."""
PAGE: Final = 200


@dataclass(slots=True)
class PlaceLine:
    """Serves one source beside the taps. It may fail as often as it likes: taps go on where the vehicle was last.

    ``lines`` are the lines this terminal serves, none for all.
    """

    source: PlaceSource
    line: TapLine
    lines: Collection[str]
    between_taps: asyncio.Lock
    report: Callable[[OneCardError], None]
    duty: Duty = field(default_factory=Duty)
    _pauses: Reopening = field(default_factory=Reopening)

    @property
    def port(self) -> PlaceSource:
        """Return the port it serves."""
        return self.source

    async def start(self, journal: JournalKeeper) -> None:
        """Take up the duty of the newest entry that tells of one: a restart signs nobody off."""
        end = journal.position().last + 1
        oldest = max(end - LOOK_BACK, 1)
        while end > oldest:
            begin = max(end - PAGE, oldest)
            for packed in reversed(await journal.page(begin, end - begin)):
                if (duty := duty_of(decode_entry(packed))) is not None:
                    self._go(duty)
                    return
            end = begin

    async def serve(self) -> None:
        """Serve until cancelled; raises the coded errors whose recovery is not this loop's (RESTART, HALT)."""
        while True:
            try:
                await self.source.open()
                move = await self.source.next_move()
                self._pauses.worked()
                await self._take(move)
            except OneCardError as error:
                if error.ends_service:
                    raise
                self.report(error)
                await self.source.close()
                await self._pauses.rest()

    async def _take(self, move: Move) -> None:
        """Write a move down and follow it; the same news again is none."""
        duty = self.duty.after(move)
        if duty == self.duty:
            return
        async with self.between_taps:
            clock, edition = self.line.clock, edition_of(self.line.reference)
            body = told(move.turn, duty, known=duty.is_known(self.lines))
            draft = Draft(Kind.SHIFT, clock.wall_ms(), clock.quality(), edition, NO_TAP, 0, body)
            self._go(duty)  # first: where the entry finds no room, each tap still says where it was made
            await self.line.journal.append(draft)

    def _go(self, duty: Duty) -> None:
        self.duty = duty
        self.line.whereabouts.place = self._place(duty)

    def _place(self, duty: Duty) -> Place:
        return duty.place(self.line.rules.place, self.lines)
