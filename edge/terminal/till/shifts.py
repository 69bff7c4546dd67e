"""The shift of this till: which one is open, what it has sold, and the entries that open and close it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import field
from typing import Final

from edge.domain.entry import Body, Entry, Kind, Remark
from edge.domain.frozen import mutable
from edge.domain.meals.refusal import StaffRefused, Why
from edge.domain.meals.sheet import Sheet, Sold, Standing
from edge.domain.meals.shift import (
    Closing,
    Pairs,
    Shift,
    Unsent,
    closes,
    closing,
    opened_by,
    opening,
    reopening,
    report,
)
from edge.ports import JournalKeeper
from edge.terminal.line import TapLine
from edge.terminal.remarks import draft_now
from edge.terminal.reporting import journal_status
from edge.terminal.taking_back import Said, take_back
from sync.wire import decode_entry

PAGE: Final = 200
"""Entries that are folded in one go."""


def anybody_may(_sold: Sold) -> None:
    """Let anybody take a sale back."""


@mutable
class Shifts:
    """Reads the shift out of the journals and writes what staff do; the journals alone remember it.

    ``journals`` are oldest epoch first, the one in force last. Call nothing but :meth:`catch_up` while a tap is taken.
    """

    line: TapLine
    journals: Callable[[], Sequence[JournalKeeper]]
    open: Shift | None = None
    number: int = 0
    last: Shift | None = None
    sheet: Sheet = field(default_factory=Sheet)
    _folded: dict[int, int] = field(default_factory=dict)

    async def start(self) -> None:
        """Find the newest shift; fold what it has sold so far."""
        async for entry in self._entries():
            self._note(entry)
        if self.open is not None:
            self._begin_folding(self.open)
            await self.catch_up()

    async def _entries(self) -> AsyncIterator[Entry]:
        """Yield the entries of all shifts, oldest first."""
        for journal in self.journals():
            for packed in await journal.page(1, journal.position().last + 1, Kind.SHIFT):
                yield decode_entry(packed)

    def _note(self, entry: Entry) -> None:
        if (opened := opened_by(entry)) is not None:
            self.open, self.last, self.number = opened, opened, opened.number
        elif closes(entry):
            self.open = None

    def _begin_folding(self, shift: Shift) -> None:
        self.sheet = Sheet()
        self._folded = {journal.position().epoch: self._last_before(journal, shift) for journal in self.journals()}

    def _last_before(self, journal: JournalKeeper, shift: Shift) -> int:
        place = journal.position()
        return shift.seq if place.epoch == shift.epoch else 0 if place.epoch > shift.epoch else place.last

    async def catch_up(self) -> Sheet:
        """Fold what was written since the last look, and return the sheet."""
        for journal in self.journals() if self.open is not None else ():
            epoch = journal.position().epoch
            while found := await journal.page(self._folded.get(epoch, 0) + 1, PAGE):
                for entry in map(decode_entry, found):
                    await self._fold(journal, entry)
                    self._folded[epoch] = entry.seq
        return self.sheet

    async def _fold(self, journal: JournalKeeper, entry: Entry) -> None:
        """Fold an entry, and before it the intent of an earlier shift that it closes."""
        if (missing := self.sheet.lacks(entry)) and (intent := await journal.entry(missing)) is not None:
            self.sheet.fold(intent)
        self.sheet.fold(entry)

    async def open_shift(self, staff: str, float_fen: int) -> Shift:
        """Open the next shift; raises ``CONTROL_REFUSED`` while one is open."""
        if self.open is not None:
            raise StaffRefused(Why.SHIFT_OPEN, f"shift {self.open.number} is open: close it first")
        entry = await self._write(Kind.SHIFT, opening(self.number + 1, staff, float_fen))
        self._note(entry)
        self._begin_folding(self.opened())
        return self.opened()

    async def reopen_shift(self, staff: str) -> Shift:
        """Open the newest shift again under the next number: its report names it. Raises ``CONTROL_REFUSED``."""
        if self.open is not None:
            raise StaffRefused(Why.SHIFT_OPEN, f"shift {self.open.number} is open: close it first")
        if self.last is None:
            raise StaffRefused(Why.NOTHING_TO_REOPEN, "no shift of this terminal was ever closed")
        self._note(await self._write(Kind.SHIFT, reopening(self.number + 1, staff, self.last)))
        self._begin_folding(self.opened())
        return self.opened()

    def opened(self) -> Shift:
        """Return the open shift; raises ``CONTROL_REFUSED`` where none is."""
        if self.open is None:
            raise StaffRefused(Why.NO_SHIFT, "no shift is open: open one first")
        return self.open

    async def figures(self) -> Pairs:
        """Return the report of the open shift as it stands."""
        return report(self.opened(), await self.catch_up(), await self._unsent())

    async def close_shift(self, said: Closing) -> Remark:
        """Close the shift with its report, which is never changed; raises ``CONTROL_REFUSED``."""
        shift, sheet = self.opened(), await self.catch_up()
        try:
            body = closing(shift, sheet, await self._unsent(), said)
        except ValueError as error:
            raise StaffRefused(Why.CASH_UNEXPLAINED, str(error)) from error
        self._note(await self._write(Kind.SHIFT, body))
        return body

    async def closed(self, number: int) -> Pairs:
        """Return the report of a shift that was closed, as its entry holds it; raises ``CONTROL_REFUSED``."""
        async for entry in self._entries():
            if isinstance(entry.body, Remark) and closes(entry) and ("number", str(number)) in entry.body.pairs:
                return entry.body.pairs
        raise StaffRefused(Why.NO_SUCH_REPORT, f"no report of shift {number} is in this terminal's journals")

    async def take_back(self, tap_id: bytes, said: Said, may: Callable[[Sold], None] = anybody_may) -> Sold:
        """Take an accepted sale of the open shift back; raises ``CONTROL_REFUSED`` where that cannot be.

        ``may`` raises it where whoever asks may not.
        No card is written: what no acquirer has seen is withdrawn, everything else goes back as ``way`` says.
        """
        shift = self.opened()
        sold = (await self.catch_up()).of_tap(tap_id)
        if sold is None or sold.standing is not Standing.PAID:
            raise StaffRefused(Why.SALE_UNKNOWN, "no sale of this shift that is paid and was not taken back")
        if sold.place < (shift.epoch, shift.seq) or sold.place[0] != self.line.journal.epoch:
            raise StaffRefused(Why.SALE_OF_EARLIER_SHIFT, "a sale of an earlier shift: the centre takes it back")
        may(sold)
        await take_back(self.line, sold, self.journals()[-1].position().acked, said)
        await self.catch_up()
        return self.sheet.sold[sold.place]

    async def _unsent(self) -> Unsent:
        *older, newest = self.journals()
        status = await journal_status(newest, older)
        return Unsent(status.unsent_entries, status.oldest_unsent_ms)

    async def note(self, subject: str, pairs: Pairs) -> None:
        """Write down what staff did that moves no money."""
        await self._write(Kind.STAFF, Remark(subject, pairs))

    async def _write(self, kind: Kind, body: Body) -> Entry:
        return await self.line.journal.append(draft_now(self.line, kind, body))
