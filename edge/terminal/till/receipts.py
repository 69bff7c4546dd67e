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
from edge.domain.entry import NO_TAP, Entry, Intent, PaidTap
from edge.domain.errors import OneCardError, PolicyError
from edge.domain.frozen import frozen, mutable
from edge.domain.meals.menu import Menus
from edge.domain.meals.receipt import Receipt, proved_by, receipt_of, site_of
from edge.domain.meals.shift import Pairs
from edge.domain.slip import Slip
from edge.ports import JournalKeeper
from edge.ports.printer import Printer, PrinterState
from edge.terminal.line import TapLine
from edge.terminal.till.chained import chained_entry
from edge.terminal.till.receipt_slip import Look, slip_of
from edge.terminal.till.report_slip import report_slip
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
    """One slip to print: the receipt of a tap, or the report of a shift that was closed, which is a tap of nobody.

    ``since_ms`` is monotonic. ``doubts``: how often it was sent and nobody knows what came.
    """

    tap_id: bytes
    since_ms: float
    copy: bool = False
    sent: bool = False
    doubts: int = 0
    report: Pairs = ()


@frozen
class ReceiptPrinter:
    """The till's printer, how its receipts look, and for how many seconds one may wait for paper."""

    printer: Printer
    look: Look
    hold_s: int = 600


@mutable
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
        self._queue_up(Waiting(tap_id, self.line.clock.monotonic_ms(), copy))

    def report_closed(self, figures: Pairs, *, copy: bool) -> None:
        """Ask for the paper of a shift's report, as the entry that closed the shift holds it."""
        self._queue_up(Waiting(NO_TAP, self.line.clock.monotonic_ms(), copy, report=figures))

    def _queue_up(self, waiting: Waiting) -> None:
        if len(self._queue) >= WAITING_MAX:
            del self._queue[int(self._queue[0].sent)]
            self.missed += 1
        self._queue.append(waiting)
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
        slip = await self._slip(waiting)
        if slip is None:
            self._done(waiting)
            return
        waiting.sent = True
        if not await self.device.printer.send(slip):
            waiting.sent, waiting.copy = False, True

    async def _slip(self, waiting: Waiting) -> Slip | None:
        """Return what is to be on the paper; None where no journal here holds what was sold."""
        if waiting.report:
            return report_slip(waiting.report, self._look(), site_of(self.line.rules.place), copy=waiting.copy)
        receipt = await self.receipt(waiting.tap_id)
        if receipt is None:
            return None
        before = (receipt.epoch, receipt.seq) <= self._started
        return slip_of(receipt, self._look(), copy=waiting.copy or before)

    def _look(self) -> Look:
        """Return how paper looks now: in the time of the tariff in force, with the menus' own names."""
        menus = self.line.reference.value(Menus)
        names = {} if menus is None else {item.menu: item.names()[self.device.look.language] for item in menus.items}
        look = replace(self.device.look, menu_names=names)
        try:
            return replace(look, utc_offset_min=self.line.reference.policy().utc_offset_min)
        except PolicyError:
            return look

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
