"""From a failed part to what is done about it: the one table, and the loop that serves card after card."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import field
from typing import Final, Protocol

from edge.domain.decision import Reason
from edge.domain.drivers import Driver
from edge.domain.errors import CardError, OneCardError, Recovery, RemoteProtocolError, SamError
from edge.domain.frozen import mutable
from edge.domain.medium import BankCardSnapshot, Snapshot
from edge.domain.tap import Tap
from edge.ports import CardSession, Reader, Signals, Trouble
from edge.terminal.faults import book_fault
from edge.terminal.line import TapLine
from edge.terminal.outcome import ONE_CARD_ONLY, OUT_OF_SERVICE, PRESENT_AGAIN, READ_ONLY, Outcome
from edge.terminal.reopening import Reopening
from edge.terminal.tap_loop import take_tap

REMOVAL_POLL_MS: Final = 500
WITHOUT_POLICY_MS: Final = 500


def _nobody(_heard: object) -> None:
    """Hear nothing, until somebody listens."""


def _nothing() -> None:
    """Do nothing, until somebody listens."""


class DutyCards(Protocol):
    """Cards that sign a driver on or off: see :class:`edge.terminal.driver_cards.DriverCards`."""

    def driver_of(self, tap: Tap) -> Driver | None:
        """Return whose card this is, None for any other."""
        ...

    async def take(self, tap: Tap, driver: Driver) -> Outcome:
        """Sign a driver on or off."""
        ...


@mutable
class LastAnswer:
    """What the debounce repeats, and when its card left (monotonic ms; None: it has not left as far as is known)."""

    outcome: Outcome
    left_ms: float | None = None


@mutable
class Supervisor:
    """Serves taps one by one and keeps the reader alive.

    ``between_taps`` is held during a tap: whoever needs the line to stand still (an edition's swap, a checkpoint,
    pruning) takes it. ``report`` hears every coded error once, ``on_outcome`` every outcome,
    ``on_left`` every card that has left the field. ``unheard`` is the answer that a cut before the start may have
    swallowed: given once more, whoever comes in between. ``read_took_ms`` is how long the last reading of a card for a
    technician took. A vehicle has ``driver_cards``, that sign drivers on.
    """

    line: TapLine
    reader: Reader
    signals: Signals
    report: Callable[[OneCardError], None] = _nobody
    on_outcome: Callable[[Outcome], None] = _nobody
    on_left: Callable[[], None] = _nothing
    between_taps: asyncio.Lock = field(default_factory=asyncio.Lock)
    last: LastAnswer | None = None
    unheard: LastAnswer | None = None
    reader_open: bool = False
    sam_failed: bool = False
    reading: asyncio.Future[Snapshot] | None = None
    read_took_ms: float = 0.0
    driver_cards: DutyCards | None = None

    async def serve(self) -> None:
        """Serve until cancelled; raises the coded errors whose recovery is not this loop's (RESTART, HALT)."""
        actions: dict[Recovery, Callable[[OneCardError], Awaitable[None]]] = {
            Recovery.RETRY: self._reopen,
            Recovery.OUT_OF_SERVICE: self._reopen,
            Recovery.RETAP: self._ask_again,
            Recovery.DEGRADE: self._carry_on,
            Recovery.QUARANTINE: self._carry_on,
            Recovery.RESTART: self._give_up,
            Recovery.HALT: self._give_up,
        }
        while True:
            try:
                await self._serve_one()
            except OneCardError as error:
                self.report(error)
                await actions[error.recovery](error)

    async def _serve_one(self) -> None:
        if self.line.service.stop == Reason.POLICY_MISSING:
            self.signals.show(OUT_OF_SERVICE)
            await asyncio.sleep(WITHOUT_POLICY_MS / 1000)
            return
        if not self.reader_open:
            await self._open()
        presented = await self.reader.next_card()
        if presented is Trouble.TWO_CARDS:
            await self.show(Outcome(accepted=False, signal=ONE_CARD_ONLY, tap_id=b""))
            return
        async with self.between_taps:
            outcome = await self._answer(presented)
        self.last = LastAnswer(outcome) if outcome.repeatable else None
        while not await presented.removed(REMOVAL_POLL_MS):
            pass
        self._card_left()
        self.on_left()
        if self.sam_failed:
            await self._reopen(None)

    async def _answer(self, card: CardSession) -> Outcome:
        if self._read_is_awaited() and self.give_to_reader(await self._timed(card)):
            return await self.show_read()
        tap: Tap | None = None
        try:
            medium = await card.snapshot()
            if card.from_crowd and isinstance(medium, BankCardSnapshot):
                return await self._ask_for_one_card()
            tap = self.line.tap(medium)
            outcome = await self._signed_on(tap) or await take_tap(self.line, card, tap, self._repeat)
        except OneCardError as error:
            declined = await book_fault(self.line, tap, error)
            if declined is None:
                raise
            self.report(error)
            self.sam_failed = isinstance(error, SamError)
            outcome = declined
        await self.show(outcome)
        return outcome

    async def _signed_on(self, tap: Tap) -> Outcome | None:
        """Sign a driver on or off by a driver's card; None for any other card."""
        driver = None if self.driver_cards is None else self.driver_cards.driver_of(tap)
        if self.driver_cards is None or driver is None:
            return None
        return self._repeat(tap.token) or await self.driver_cards.take(tap, driver)

    async def _ask_for_one_card(self) -> Outcome:
        """Charge no bank card that lay beside another card a moment ago: nobody chose it to pay."""
        outcome = Outcome(accepted=False, signal=ONE_CARD_ONLY, tap_id=b"", repeatable=False)
        await self.show(outcome)
        return outcome

    def _repeat(self, token: bytes) -> Outcome | None:
        """Return the last answer when the same card came back inside the debounce time, or the one it never heard."""
        return self.given_before(self.last, token)

    def given_before(self, last: LastAnswer | None, token: bytes) -> Outcome | None:
        """Return the answer that this token's medium was given a moment ago, or never heard; None: it has to be taken.

        ``last`` is the last answer at the reader or scanner that sees it.
        """
        if last is not None and self._is_due(last, token):
            return last.outcome
        if self.unheard is not None and self._is_due(self.unheard, token):
            heard, self.unheard = self.unheard.outcome, None
            return heard
        return None

    def _is_due(self, answer: LastAnswer, token: bytes) -> bool:
        if not token or answer.outcome.token != token:
            return False
        if answer.left_ms is None:
            return True
        return self.line.clock.monotonic_ms() - answer.left_ms < self.line.rules.debounce_ms

    def _card_left(self) -> None:
        if self.last is not None and self.last.left_ms is None:
            self.last.left_ms = self.line.clock.monotonic_ms()

    async def read_card(self, timeout_ms: int) -> Snapshot:
        """Read the next card for a technician, without money.

        Raises ``CARD_LEFT`` when none came in time, ``CONTROL_REFUSED`` when somebody else has asked for it since.
        """
        if self.reading is not None and not self.reading.done():
            self.reading.set_exception(RemoteProtocolError("CONTROL_REFUSED", "somebody else asked for the next card"))
        reading: asyncio.Future[Snapshot] = asyncio.get_running_loop().create_future()
        self.reading = reading
        try:
            await asyncio.wait({reading}, timeout=timeout_ms / 1000)
            if not reading.done():
                raise CardError("CARD_LEFT", f"no card within {timeout_ms} ms")
            return reading.result()
        finally:
            if self.reading is reading:
                self.reading = None

    async def _timed(self, card: CardSession) -> Snapshot:
        before_ms = self.line.clock.monotonic_ms()
        medium = await card.snapshot()
        self.read_took_ms = self.line.clock.monotonic_ms() - before_ms
        return medium

    def _read_is_awaited(self) -> bool:
        return self.reading is not None and not self.reading.done()

    def give_to_reader(self, medium: Snapshot) -> bool:
        """Give a medium to the technician who waits for one; False where nobody does, so that it has to be taken."""
        if self.reading is None or self.reading.done():
            return False
        self.reading.set_result(medium)
        return True

    async def show_read(self) -> Outcome:
        """Show that something was read and nothing charged."""
        read = Outcome(accepted=False, signal=READ_ONLY, tap_id=b"", repeatable=False)
        await self.show(read)
        return read

    async def show(self, outcome: Outcome) -> None:
        """Give the signal of an outcome."""
        self.signals.show(outcome.signal)
        self.on_outcome(outcome)
        await self.reader.show(outcome.signal)

    async def _open(self) -> None:
        pauses = Reopening()
        while True:
            try:
                await self.reader.open()
            except OneCardError as error:
                if error.recovery is Recovery.HALT:
                    raise
                self.report(error)
                self.signals.show(OUT_OF_SERVICE)
                await pauses.rest()
            else:
                self.reader_open = True
                self._card_left()  # nobody saw it leave: from here on it counts as gone
                return

    async def _reopen(self, _error: OneCardError | None) -> None:
        """Show that nothing works and open the reader anew."""
        self.signals.show(OUT_OF_SERVICE)
        self.reader_open, self.sam_failed = False, False
        await self.reader.close()

    async def _ask_again(self, _error: OneCardError) -> None:
        """Ask for the card again; what the debounce remembers stays, for this may be a card that was just accepted."""
        await self.show(Outcome(accepted=False, signal=PRESENT_AGAIN, tap_id=b""))

    async def _carry_on(self, _error: OneCardError) -> None:
        """Go on with the next tap; the error was reported and its part stays as it was."""

    async def _give_up(self, error: OneCardError) -> None:
        self.signals.show(OUT_OF_SERVICE)
        raise error
