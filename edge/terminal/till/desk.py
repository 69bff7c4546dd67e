"""The till's side of the control socket: what staff offer, take back, open and close, and what everybody is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from functools import partial
from typing import Final

from edge.control.messages import Message
from edge.control.status import Status
from edge.domain.errors import OneCardError, PolicyError, RemoteProtocolError
from edge.domain.frozen import mutable
from edge.domain.meals.menu import Menus, menus_of
from edge.domain.meals.refusal import StaffRefused, Why
from edge.domain.meals.sale import METRES_MAX, QUANTITY_MAX, Party, Sale
from edge.domain.money import FEN_MAX
from edge.domain.reversal import Way
from edge.domain.tariff.versions import in_force
from edge.terminal.control import Verb
from edge.terminal.events import Broadcast
from edge.terminal.outcome import Outcome
from edge.terminal.supervisor import Supervisor
from edge.terminal.taking_back import Said
from edge.terminal.till.asked import number_of, staff_of, tap_of, words_of
from edge.terminal.till.assurance import assurance, inside_authority
from edge.terminal.till.by_hand import ByHand, by_hand_at, pays_by_hand
from edge.terminal.till.offers import Offers
from edge.terminal.till.receipts import ReceiptPrinter, Receipts
from edge.terminal.till.rules import Limits
from edge.terminal.till.shift_verbs import ShiftVerbs
from edge.terminal.till.shifts import Shifts
from edge.terminal.till.telling import (
    health_message,
    menu_message,
    offer_message,
    outcome_message,
    shift_message,
    sold_message,
)

VERBS: Final = (
    "till.state",
    "till.offer",
    "till.cancel",
    "till.by_hand",
    "till.collect",
    "till.void",
    "till.receipt",
    "till.sales",
    "till.report",
    "till.report.print",
    "till.shift.open",
    "till.shift.close",
    "till.shift.reopen",
    "till.note",
)


@mutable
class TillDesk:
    """Everything staff can do. Whatever changes an offer, a shift or a sale waits until no tap is being taken.

    ``status`` is that of the whole terminal.
    """

    offers: Offers
    shifts: Shifts
    taps: Supervisor
    broadcast: Broadcast
    status: Callable[[], Awaitable[Status]]
    receipts: Receipts | None = None
    last: Message | None = None
    by_hand: ByHand = field(init=False)
    limits: Limits = field(init=False)
    _count: int = 0

    def __post_init__(self) -> None:
        """Take meals by hand on the line of the taps; hold staff to the rules."""
        self.limits = Limits(self.offers.clock)
        self.by_hand = by_hand_at(self.taps, self.shifts, self._told)

    @property
    def between_taps(self) -> asyncio.Lock:
        """Return the lock that is held while a tap is taken."""
        return self.taps.between_taps

    def print_receipts(self, device: ReceiptPrinter, report: Callable[[OneCardError], None]) -> None:
        """Print a receipt of every accepted sale from now on; ``report`` hears of coded errors."""
        self.receipts = Receipts(device, self.shifts.line, self.shifts.journals, self._told_printer, report)

    def _told_printer(self) -> None:
        if self.receipts is not None:
            self.broadcast.publish("till.printer", printer=self.receipts.message())

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine; what staff do is paced, what they only look at is not."""
        paced = self.limits.paced
        shift = ShiftVerbs(self.shifts, self.offers, self.between_taps, self._told, self.receipts)
        coroutines = (
            self.state,
            paced(self._offer),
            paced(self._cancel),
            paced(self.by_hand.take),
            paced(self.by_hand.collect),
            paced(self._void),
            paced(self._receipt),
            shift.sales,
            shift.report,
            paced(shift.print_report),
            paced(shift.open),
            paced(shift.close),
            paced(shift.reopen),
            shift.note,
        )
        return dict(zip(VERBS, coroutines, strict=True))

    def hear(self, outcome: Outcome) -> None:
        """Hear how a tap ended, and tell the pages."""
        self.offers.hear(outcome)
        inside = inside_authority(self.shifts.line.service, self.offers.clock)
        self.last = outcome_message(outcome, self.offers.clock.wall_ms(), inside=inside)
        if self.receipts is not None and outcome.accepted:
            self.receipts.sold(outcome.tap_id)
        self.broadcast.publish("till.outcome", outcome=self.last, offer=self._held())

    async def state(self, _message: Message) -> Message:
        """Return everything that the pages show."""
        if self.offers.current() is None and self.offers.lapsed is not None:
            async with self.between_taps:
                await self._note_lapsed()
        status, shift = await self.status(), self.shifts.open
        try:
            policy = self.offers.reference.policy()
        except PolicyError:
            policy = None
        return {
            "offer": self._held(),
            "outcome": self.last,
            "shift": shift_message(shift),
            "last_shift": self.shifts.number,
            "session": self.offers.session(),
            "menus": menu_message(policy, self._menus(), self.offers.session(), self.offers.clock.wall_ms()),
            "by_hand": pays_by_hand(self.offers.reference, self.offers.clock),
            "health": health_message(status, shift),
            "assurance": await assurance(self.shifts.line),
            "printer": None if self.receipts is None else self.receipts.message(),
            "now_ms": status.now_ms,
        }

    def _held(self) -> Message | None:
        sale = self.offers.current()
        list_fen = 0 if sale is None else sale.unit_fen or self._prices().get(sale.menu, 0)
        return offer_message(sale, list_fen, self.offers.left_ms(), bound=bool(self.offers.bound))

    def _menus(self) -> Menus | None:
        return self.offers.reference.value(Menus)

    def _prices(self) -> dict[str, int]:
        """Return what the set meals of the tariff in force cost; raises ``POLICY_MISSING``."""
        return dict(menus_of(in_force(self.offers.reference.policy().versions, self.offers.clock.wall_ms())))

    def _told(self) -> None:
        self.broadcast.publish("till.changed", offer=self._held(), shift=shift_message(self.shifts.open))

    async def _offer(self, message: Message) -> Message:
        """Prepare a sale: the next medium pays it. Raises ``CONTROL_REFUSED``, ``CONTROL_MALFORMED``."""
        staff, shift = staff_of(message), self.shifts.opened()
        async with self.between_taps:
            if self.offers.current() is not None and self.offers.bound:
                raise StaffRefused(Why.OFFER_BOUND, "a payment is in doubt: present the same card, or cancel")
            self._count += 1
            sale = self._sale(message, staff, shift.number)
            if sale.menu and sale.menu not in self._prices():
                raise StaffRefused(Why.MENU_UNKNOWN, "no such set meal in the tariff in force")
            await self._drop(staff)
            self.offers.hold(sale)
            self.last = None
        self._told()
        return {"offer": self._held()}

    def _sale(self, message: Message, staff: str, shift: int) -> Sale:
        try:
            return Sale(
                number=self._count,
                offered_ms=self.offers.clock.wall_ms(),
                staff=staff,
                party=words_of(message, "party", Party.DINER.value),
                menu=words_of(message, "menu"),
                unit_fen=number_of(message, "unit_fen", FEN_MAX),
                quantity=number_of(message, "quantity", QUANTITY_MAX, default=1),
                delivery_m=number_of(message, "delivery_m", METRES_MAX, default=-1, low=-1),
                delivery_fen=number_of(message, "delivery_fen", FEN_MAX),
                shift=shift,
            )
        except ValueError as error:
            raise RemoteProtocolError("CONTROL_MALFORMED", str(error)) from error

    async def _cancel(self, message: Message) -> Message:
        staff = staff_of(message)
        async with self.between_taps:
            await self._drop(staff)
        self._told()
        return {"offer": None}

    async def _drop(self, staff: str) -> None:
        """Take back an offer that nobody has paid, and write down who did."""
        sale = self.offers.drop()
        if sale is not None:
            await self.shifts.note("offer.cancelled", (("staff", staff), ("number", str(sale.number))))
        await self._note_lapsed()

    async def _note_lapsed(self) -> None:
        """Write down an offer that nobody paid in time."""
        sale, self.offers.lapsed = self.offers.lapsed, None
        if sale is not None:
            await self.shifts.note("offer.lapsed", (("staff", sale.staff), ("number", str(sale.number))))

    async def _void(self, message: Message) -> Message:
        """Take an accepted sale back: ``tap`` in hexadecimal, ``way`` cash or credit where it cannot be withdrawn."""
        staff, reason = staff_of(message), words_of(message, "reason")
        way = words_of(message, "way", Way.CASH.value)
        if way not in (Way.CASH, Way.CREDIT):
            raise RemoteProtocolError("CONTROL_MALFORMED", "`way` is cash or credit")
        tap_id = tap_of(message)
        async with self.between_taps:
            may = partial(self.limits.check_void, message)
            sold = await self.shifts.take_back(tap_id, Said(Way(way), staff, reason, self.shifts.number), may)
        self.broadcast.publish("till.void", tap=tap_id.hex(), way=sold.way)
        if self.receipts is not None:
            self.receipts.ask(tap_id, copy=False)
        return {"sold": sold_message(sold)}

    async def _receipt(self, message: Message) -> Message:
        """Print the receipt of an accepted ``tap`` again, marked as a copy, and write down who asked for it."""
        staff, tap_id = staff_of(message), tap_of(message)
        if self.receipts is None:
            raise StaffRefused(Why.NO_PRINTER, "this till has no printer: see printer.path")
        if await self.receipts.receipt(tap_id) is None:
            raise StaffRefused(Why.SALE_UNKNOWN, "no accepted sale of this tap is in this till's journals")
        async with self.between_taps:
            await self.shifts.note("receipt.again", (("staff", staff), ("tap", tap_id.hex())))
        self.receipts.ask(tap_id, copy=True)
        return {"printer": self.receipts.message()}
