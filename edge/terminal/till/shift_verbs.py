"""What staff ask about the shift: open and close it, its sales, its report, and notes of what staff did."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final

from edge.control.messages import Message
from edge.domain.errors import RemoteProtocolError
from edge.domain.frozen import frozen
from edge.domain.meals.refusal import StaffRefused, Why
from edge.domain.meals.sheet import Sheet, Standing
from edge.domain.meals.shift import Closing
from edge.domain.money import FEN_MAX
from edge.terminal.till.asked import number_of, staff_of, words_of
from edge.terminal.till.offers import Offers
from edge.terminal.till.receipts import Receipts
from edge.terminal.till.shifts import Shifts
from edge.terminal.till.telling import shift_message, sold_message

SALES_MAX: Final = 50
SHIFTS_MAX: Final = 1_000_000
SUBJECT: Final = re.compile(r"staff\.[a-z_]{1,24}")


@frozen
class ShiftVerbs:
    """The verbs of the shift. Each waits until no tap is being taken; ``told`` pushes a change to the pages.

    ``receipts`` is where its reports are printed too.
    """

    shifts: Shifts
    offers: Offers
    between_taps: asyncio.Lock
    told: Callable[[], None]
    receipts: Receipts | None = None

    async def sales(self, message: Message) -> Message:
        """Return the newest sales of the open shift, newest first, from the ``skip``-th on."""
        skip = number_of(message, "skip", 1_000_000)
        sales = () if self.shifts.open is None else (await self._caught_up()).sales(*Standing)
        page = sales[::-1][skip : skip + SALES_MAX]
        return {"sales": [sold_message(sold) for sold in page], "more": skip + SALES_MAX < len(sales)}

    async def _caught_up(self) -> Sheet:
        async with self.between_taps:
            return await self.shifts.catch_up()

    async def report(self, message: Message) -> Message:
        """Return the report of the open shift as it stands, or that of the closed shift with this ``number``."""
        number = number_of(message, "number", SHIFTS_MAX)
        async with self.between_taps:
            return {"report": dict(await (self.shifts.closed(number) if number else self.shifts.figures()))}

    async def open(self, message: Message) -> Message:
        """Open a shift with this change in the drawer."""
        staff, float_fen = staff_of(message), number_of(message, "float_fen", FEN_MAX)
        async with self.between_taps:
            shift = await self.shifts.open_shift(staff, float_fen)
        self.told()
        return {"shift": shift_message(shift)}

    async def close(self, message: Message) -> Message:
        """Close the shift: its report is an entry from now on, numbered and never changed."""
        said = Closing(staff_of(message), number_of(message, "cash_fen", FEN_MAX), words_of(message, "explanation"))
        async with self.between_taps:
            if self.offers.current() is not None:
                raise StaffRefused(Why.OFFER_WAITS, "an offer waits to be paid: cancel it first")
            body = await self.shifts.close_shift(said)
        if self.receipts is not None:
            self.receipts.report_closed(body.pairs, copy=False)
        self.told()
        return {"report": dict(body.pairs)}

    async def reopen(self, message: Message) -> Message:
        """Open the newest shift again, under the next number: its report stays, and the next one names it."""
        staff = staff_of(message)
        async with self.between_taps:
            shift = await self.shifts.reopen_shift(staff)
        self.told()
        return {"shift": shift_message(shift)}

    async def print_report(self, message: Message) -> Message:
        """Print the report of a closed shift again, marked as a copy, and write down who asked for it."""
        staff, number = staff_of(message), number_of(message, "number", SHIFTS_MAX, low=1)
        if self.receipts is None:
            raise StaffRefused(Why.NO_PRINTER, "this till has no printer: see printer.path")
        async with self.between_taps:
            figures = await self.shifts.closed(number)
            await self.shifts.note("report.again", (("staff", staff), ("number", str(number))))
        self.receipts.report_closed(figures, copy=True)
        return {"printer": self.receipts.message()}

    async def note(self, message: Message) -> Message:
        """Write down what staff did at the page: its ``subject`` begins with ``staff.``."""
        staff, subject = staff_of(message), words_of(message, "subject")
        if not SUBJECT.fullmatch(subject):
            raise RemoteProtocolError("CONTROL_MALFORMED", "`subject` is staff. and a word")
        async with self.between_taps:
            await self.shifts.note(subject, (("staff", staff),))
        return {}
