"""What the driver's keys do: arm the next tap, or take the last one back. Nothing here writes a card."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Final

from edge.control.messages import Message
from edge.domain.boarding import Boarding
from edge.domain.driver_key import WAIVED, Key, KeyPress, armed, disarmed
from edge.domain.entry import Kind, Remark
from edge.domain.frozen import frozen, mutable
from edge.domain.meals.sheet import Sheet, Sold, Standing
from edge.domain.reversal import Way
from edge.ports import JournalKeeper, Signal
from edge.terminal.boardings import Boardings
from edge.terminal.duty_book import DutyBook
from edge.terminal.events import Broadcast
from edge.terminal.outcome import Outcome
from edge.terminal.remarks import draft_now
from edge.terminal.taking_back import Said, take_back
from sync.wire import decode_entry

CHANGED: Final = "drive.changed"
OVER_S: Final = 0.05
"""A timer may ring a moment before the clock agrees."""


@frozen
class Answered:
    """The last tap that has an entry, and when it was answered (monotonic ms)."""

    tap_id: bytes
    at_ms: float
    accepted: bool


@mutable
class DriverDesk:
    """The keys of the driver on duty. Whatever they do waits until no tap is being taken.

    A tap can be taken back for ``waive_ms``, once, and only while no other has been answered since. ``taken_back``
    is what the passenger's page is told of it, in the form of an answer.
    """

    boardings: Boardings
    book: DutyBook
    journal: JournalKeeper
    broadcast: Broadcast
    waive_ms: int
    last: Answered | None = None
    taken_back: Message | None = None
    _stands: bool = False

    async def press(self, press: KeyPress) -> str:
        """Do what a key means; returns why it cannot be done, empty where it was."""
        async with self.book.between_taps:
            refusal = await self._do(press)
        if refusal:
            self.broadcast.show(Signal("", "", "key_refused"))
        self.broadcast.publish(CHANGED)
        return refusal

    async def _do(self, press: KeyPress) -> str:
        driver = self.book.duty.driver
        if not driver:
            return "no driver is signed on"
        boarding = press.boarding(driver, self.book.line.clock.wall_ms())
        if boarding is not None:
            return await self._arm(boarding)
        return await (self._waive(driver) if press.key is Key.WAIVE else self._cancel(driver))

    async def _arm(self, boarding: Boarding) -> str:
        """Arm the next tap; the same key again cancels."""
        held = self.boardings.current()
        if held is not None and (held.riders, held.companion) == (boarding.riders, boarding.companion):
            return await self._cancel(boarding.driver)
        if held is not None and self.boardings.bound:
            return "a payment is in doubt: let the same card come again, or cancel"
        for_ms = self.boardings.armed_ms
        await self._note(armed(boarding, for_ms))
        self.boardings.arm(boarding)
        self._stands = True
        asyncio.get_running_loop().call_later(for_ms / 1000 + OVER_S, self._look)
        prompt = "companion_next" if boarding.companion else "pays_for_several"
        self.broadcast.show(Signal("", "", prompt, riders=boarding.riders, stay_ms=for_ms))
        return ""

    async def _cancel(self, driver: str) -> str:
        if self.boardings.current() is None:
            return "no key is armed"
        await self._note(disarmed(driver))
        self.boardings.disarm()
        self._look()
        return ""

    def _look(self) -> None:
        """Say that nothing is armed any more, where that has changed."""
        if self._stands and self.boardings.current() is None:
            self._stands = False
            self.broadcast.show(Signal("", "", "key_cancelled"))
            self.broadcast.publish(CHANGED)

    async def _waive(self, driver: str) -> str:
        sold = await self._last_paid()
        if sold is None:
            return "there is no paid tap to take back: only the last one is, and not for long"
        said = Said(Way.CREDIT, driver, WAIVED)
        await take_back(self.book.line, sold, self.journal.position().acked, said)
        self.last = None
        signal = Signal("", "", "tap_waived")
        self.taken_back = {"accepted": False, "time_ms": self.book.line.clock.wall_ms(), **asdict(signal)}
        self.broadcast.show(signal)
        return ""

    async def _last_paid(self) -> Sold | None:
        """Return the last tap where it was paid here, a moment ago, and was not taken back."""
        last, now_ms = self.last, self.book.line.clock.monotonic_ms()
        if last is None or not last.accepted or now_ms - last.at_ms >= self.waive_ms:
            return None
        sheet = Sheet()
        for entry in map(decode_entry, await self.journal.tap_entries(last.tap_id)):
            if not sheet.lacks(entry):
                sheet.fold(entry)
        sold = sheet.of_tap(last.tap_id)
        return sold if sold is not None and sold.standing is Standing.PAID else None

    async def _note(self, body: Remark) -> None:
        line = self.book.line
        await line.journal.append(draft_now(line, Kind.STAFF, body))

    def hear(self, outcome: Outcome) -> None:
        """Hear how a tap ended; an answer that is given again is the same tap."""
        self.boardings.hear(outcome)
        if self._stands and self.boardings.current() is None:
            self._stands = False
            self.broadcast.publish(CHANGED)
        if outcome.tap_id and (self.last is None or self.last.tap_id != outcome.tap_id):
            self.last = Answered(outcome.tap_id, self.book.line.clock.monotonic_ms(), outcome.accepted)

    def message(self) -> Message | None:
        """Return what is armed, None where nothing is."""
        held = self.boardings.current()
        if held is None:
            return None
        return {"riders": held.riders, "companion": held.companion, "left_ms": self.boardings.left_ms()}
