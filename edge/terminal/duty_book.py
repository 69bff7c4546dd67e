"""The duty of a vehicle: every change is an entry of kind shift, and from then on the place of the taps."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import field
from typing import Final

from edge.domain.duty import Duty, Move, duty_of, told
from edge.domain.entry import Kind
from edge.domain.frozen import mutable
from edge.ports import JournalKeeper
from edge.terminal.line import TapLine
from edge.terminal.remarks import draft_now
from sync.wire import decode_entry

LOOK_BACK: Final = 2_000
"""Entries: how far back the duty is looked for at a start, page by page; a vehicle's rush hour lies within."""
PAGE: Final = 200


@mutable
class DutyBook:
    """One book for however many sources tell of the duty.

    ``lines`` are the lines this terminal serves, none for all.
    """

    line: TapLine
    lines: Collection[str]
    between_taps: asyncio.Lock
    duty: Duty = field(default_factory=Duty)

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

    async def follow(self, move: Move) -> bool:
        """Write a move down and follow it, while no tap is being taken; the same news again is none."""
        duty = self.duty.after(move)
        if duty == self.duty:
            return False
        body = told(move.turn, duty, known=duty.is_known(self.lines))
        draft = draft_now(self.line, Kind.SHIFT, body)
        self._go(duty)  # first: where the entry finds no room, each tap still says where it was made
        await self.line.journal.append(draft)
        return True

    def on_known_line(self) -> bool:
        """Say whether the line of the duty, where it has one, is served here."""
        return self.duty.is_known(self.lines)

    def _go(self, duty: Duty) -> None:
        self.duty = duty
        self.line.whereabouts.place = duty.place(self.line.rules.place, self.lines)
