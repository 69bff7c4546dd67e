"""Receipts of this till: what waits for the printer, and what came of it. No tap ever waits for any of it.

A receipt is read out of the journal, so nothing is on paper before it is durable there. An original is printed once,
for an entry of this start; whatever may have been on paper before is marked as a copy: after a restart, after a line
that broke in the middle, and where staff ask for it again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from edge.control.messages import Message
from edge.domain.entry import Entry, Intent, PaidTap
from edge.domain.errors import OneCardError, PolicyError
from edge.domain.meals.receipt import Receipt, proved_by, receipt_of
from edge.ports import JournalKeeper
from edge.ports.printer import Printer, PrinterState
from edge.terminal.line import TapLine
from edge.terminal.till.chained import chained_entry
from edge.terminal.till.receipt_slip import Look, slip_of
from sync.wire import decode_entry

WAITING_MAX: Final = 20
"""Receipts that wait at most: the oldest gives way, for whoever it was for has left."""
REMEMBERED: Final = 200
"""Taps whose receipt was asked for: an answer that is given again asks for no second one."""
LOOK_S: Final = 2.0
"""How often a printer is asked how it stands where nothing is to be printed."""
AGAIN_S: Final = 0.5
"""How often it is looked at while a receipt waits."""
CONFIRM_MS: Final = 1_500
DOUBTS_MAX: Final = 4
"""So often a printer that says it works may leave a receipt unconfirmed; then it is printed once more, as a copy."""
NEWEST: Final = 40
"""Entries among which a sale is looked for first."""


@dataclass(slots=True, eq=False)
class Waiting:
    """One receipt to print. ``since_ms`` is monotonic. ``doubts``: how often it was sent and nobody knows what came."""

    tap_id: bytes
    since_ms: float
    copy: bool = False
    sent: bool = False
    doubts: int = 0


@dataclass(frozen=True, slots=True)
class ReceiptPrinter:
    """The till's printer, how its receipts look, and for how many seconds one may wait for paper."""

    printer: Printer
    look: Look
    hold_s: int = 600


@dataclass(slots=True)
class Receipts:
    """Prints one receipt after another, in the order in which they were asked for.

    ``journals`` are oldest epoch first; ``tell`` hears of every change, ``report`` of coded errors. What has waited
    too long is not printed any more: staff can still ask for it.
    """

    device: ReceiptPrinter
    line: TapLine
    journals: Callable[[], Sequence[JournalKeeper]]
    tell: Callable[[], None]
    report: Callable[[OneCardError], None]
    state: PrinterState = PrinterState.ABSENT
    missed: int = 0
    _queue: deque[Waiting] = field(default_factory=deque)
    _asked: dict[bytes, None] = field(default_factory=dict)
    _started: tuple[int, int] = (0, 0)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def port(self) -> Printer:
        """Return the port it serves."""
        return self.device.printer

    def _start(self) -> None:
        """Take note of where the journal stands: what it holds already may have been printed."""
        place = self.journals()[-1].position()
        self._started = place.epoch, place.last

    def sold(self, tap_id: bytes) -> None:
        """Ask for the receipt of an accepted tap, once."""
        if tap_id in self._asked:
            return
        self._asked[tap_id] = None
        if len(self._asked) > REMEMBERED:
            del self._asked[next(iter(self._asked))]
        self.ask(tap_id, copy=False)

    def ask(self, tap_id: bytes, *, copy: bool) -> None:
        """Ask for a receipt of a tap as it stands when it is printed."""
        if len(self._queue) >= WAITING_MAX:
            del self._queue[int(self._queue[0].sent)]
            self.missed += 1
        self._queue.append(Waiting(tap_id, self.line.clock.monotonic_ms(), copy))
        self._news.set()
        self.tell()

    def message(self) -> Message:
        """Return what staff see of it."""
        return {"state": self.state.value, "waiting": len(self._queue), "missed": self.missed}

    async def serve(self) -> None:
        """Print until cancelled; raises the coded errors whose recovery is not this task's (RESTART, HALT)."""
        self._start()
        try:
            while True:
                await self._wait(await self._serve_one())
        finally:
            await self.device.printer.close()

    async def _serve_one(self) -> float:
        """Do one step; a receipt that cannot be read out of the journal is given up, and the next one served."""
        try:
            return await self._look_and_print()
        except OneCardError as error:
            if error.ends_service:
                raise
            self.report(error)
            self._give_up(self._queue[0])
            return 0.0

    async def _look_and_print(self) -> float:
        """Do one step; returns how long to pause before the next."""
        self._note(await self.device.printer.state())
        if not self._queue:
            return LOOK_S
        waiting = self._queue[0]
        if waiting.sent and await self.device.printer.printed(CONFIRM_MS):
            self._done(waiting)
        elif not self.state.prints:
            self._let_go(waiting)
            return AGAIN_S
        elif waiting.sent:
            self._doubt(waiting)
        else:
            await self._print(waiting)
        return 0.0

    async def _print(self, waiting: Waiting) -> None:
        receipt = await self.receipt(waiting.tap_id)
        if receipt is None:
            self._done(waiting)
            return
        before = (receipt.epoch, receipt.seq) <= self._started
        slip = slip_of(receipt, self._look(), copy=waiting.copy or before)
        waiting.sent = True
        if not await self.device.printer.send(slip):
            waiting.sent, waiting.copy = False, True

    def _look(self) -> Look:
        """Return how a receipt looks, in the time of the tariff in force."""
        try:
            return replace(self.device.look, utc_offset_min=self.line.reference.policy().utc_offset_min)
        except PolicyError:
            return self.device.look

    def _doubt(self, waiting: Waiting) -> None:
        """Print it again, as a copy, where a printer that works has not said for long that it is on paper."""
        waiting.doubts += 1
        if waiting.doubts == DOUBTS_MAX:
            waiting.sent, waiting.copy = False, True
        elif waiting.doubts == 2 * DOUBTS_MAX:
            self._give_up(waiting)

    def _let_go(self, waiting: Waiting) -> None:
        if self.line.clock.monotonic_ms() - waiting.since_ms > self.device.hold_s * 1000:
            self._give_up(waiting)

    def _give_up(self, waiting: Waiting) -> None:
        self.missed += 1
        self._done(waiting)

    def _done(self, waiting: Waiting) -> None:
        """Take a receipt off the queue, where it was not pushed out of it meanwhile."""
        if waiting in self._queue:
            self._queue.remove(waiting)
        self.tell()

    def _note(self, state: PrinterState) -> None:
        if state is not self.state:
            self.state = state
            self.tell()

    async def _wait(self, pause_s: float) -> None:
        """Pause, but not for longer than until a receipt is asked for."""
        if not pause_s:
            return
        self._news.clear()
        try:
            async with asyncio.timeout(pause_s):
                await self._news.wait()
        except TimeoutError:
            pass  # nobody asked: look at the printer again

    async def receipt(self, tap_id: bytes) -> Receipt | None:
        """Return the receipt of a tap as it stands, None where no journal here says that it sold anything."""
        for journal in reversed(self.journals()):
            entries = await _entries_of(journal, tap_id)
            proof = proved_by(entries)
            if proof is not None:
                chained = await chained_entry(journal, proof.seq)
                return None if chained is None else receipt_of(entries, chained.chain_hash)
        return None


async def _entries_of(journal: JournalKeeper, tap_id: bytes) -> list[Entry]:
    """Return the entries of a tap; those of a fresh one are the newest, so that no journal is searched for them."""
    last = journal.position().last
    newest = await journal.page(max(last - NEWEST + 1, 1), NEWEST)
    entries = [decode_entry(packed) for packed in newest if tap_id in packed]
    if not any(isinstance(entry.body, Intent | PaidTap) for entry in entries):
        entries = [decode_entry(packed) for packed in await journal.tap_entries(tap_id)]
    return [entry for entry in entries if entry.tap_id == tap_id]
