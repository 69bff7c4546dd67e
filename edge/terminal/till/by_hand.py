"""A meal taken by hand: a registered code and its PIN stand in the place of a card, on the same line as every tap."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field
from typing import Final, Self

from edge.control.messages import Message
from edge.crypto.pins import hashed
from edge.domain.card_number import CardNumber
from edge.domain.diners import CODE, CODE_SCHEME, PIN, Collector, collector_of
from edge.domain.errors import OneCardError, PolicyError, RemoteProtocolError
from edge.domain.frozen import frozen
from edge.domain.meals.refusal import StaffRefused, Why
from edge.domain.media_manual import CODE_PIN, ManualFacts, ManualSnapshot
from edge.domain.staff import SALT_BYTES
from edge.domain.tariff.calendar import midnight_before_ms
from edge.domain.tariff.versions import in_force
from edge.ports import Clock, Reference
from edge.terminal.outcome import Outcome
from edge.terminal.supervisor import Supervisor
from edge.terminal.tap_loop import take_paid_tap
from edge.terminal.till.asked import staff_of, words_of
from edge.terminal.till.hand_trail import COLLECTED, REFUSED, HandTrail
from edge.terminal.till.pin_tries import PinTries
from edge.terminal.till.shifts import Shifts
from edge.terminal.timekeeping import trusted_ms

NO_SALT: Final = bytes(SALT_BYTES)


@frozen
class Typed:
    """A request: who of staff made it, and what was typed on the keypad. ``repr`` hides both."""

    staff: str
    code: CardNumber
    pin: str = field(repr=False)

    @classmethod
    def of(cls, message: Message) -> Self:
        """Read a request; raises ``CONTROL_MALFORMED`` and never quotes what was typed."""
        return cls(staff_of(message), CardNumber(_digits(message, "code", CODE)), _digits(message, "pin", PIN))


@frozen
class ByHand:
    """Looks at a code and its PIN, and takes the meal like a tap of that holder. ``told`` pushes a change to the pages.

    Code and PIN live as long as the request: the journal gets the keyed token of a code, and nothing of a PIN.
    """

    taps: Supervisor
    shifts: Shifts
    trail: HandTrail
    told: Callable[[], None]

    async def take(self, message: Message) -> Message:
        """Let whoever typed ``code`` and ``pin`` pay the offer. Returns ``accepted`` and the ``prompt`` shown.

        Raises ``CODE_REFUSED`` for a code that nobody has as for a wrong PIN, ``CODE_LOCKED`` after several of them.
        """
        typed, line = Typed.of(message), self.taps.line
        async with self.taps.between_taps:
            tap = line.tap(self._medium(await self._collector(typed)))
            outcome = await take_paid_tap(line, None, tap, lambda token: self.taps.given_before(None, token))
            await self._show(outcome)
        return {"accepted": outcome.accepted, "prompt": outcome.signal.prompt}

    async def collect(self, message: Message) -> Message:
        """Let the relative who typed ``code`` and the own ``pin`` collect the offer, which the diner's card then pays.

        Raises as :meth:`take` does, and ``CONTROL_REFUSED`` where nothing is offered or no relative typed the PIN.
        """
        typed, offers = Typed.of(message), self.taps.line.offers
        async with self.taps.between_taps:
            sale = None if offers is None else offers.current()
            if offers is None or sale is None or offers.bound:
                raise StaffRefused(Why.NO_OFFER, "nothing is offered, or a payment is in doubt")
            found = await self._collector(typed)
            if not found.proxy:
                raise StaffRefused(Why.OWN_PIN, "the diner's own PIN: the meal can be taken by code")
            named = (("proxy", found.proxy.hex()), ("code", found.diner.code.hex()))
            await self.shifts.note(COLLECTED, (("staff", typed.staff), ("number", str(sale.number)), *named))
            offers.collect(found.proxy, found.diner.holder)
        self.told()
        return {}

    async def _collector(self, typed: Typed) -> Collector:
        """Return who typed the PIN of a code; a wrong one is written down first. Raises as :meth:`take` does.

        Without reference data nobody's code is known: that is no wrong PIN, and raises ``POLICY_MISSING``.
        """
        line = self.taps.line
        line.reference.policy()
        await self.trail.catch_up()
        code = line.identity.token(CODE_SCHEME, typed.code)
        if wait_ms := self.trail.tries.wait_ms(code):
            raise RemoteProtocolError("CODE_LOCKED", f"wait {-(-wait_ms // 1000)} s")
        diner = line.reference.diner(code)
        found = hashed(typed.pin, NO_SALT if diner is None else diner.salt)
        collector = None if diner is None else collector_of(diner, code, found, trusted_ms(line.clock))
        if collector is None:
            self.trail.tries.refused(code)
            await self.shifts.note(REFUSED, (("staff", typed.staff), ("code", code.hex())))
            raise RemoteProtocolError("CODE_REFUSED", "code or PIN is wrong")
        self.trail.tries.accepted(code)
        return collector

    def _medium(self, collector: Collector) -> ManualSnapshot:
        """Return the medium that a collector stands for, with what was counted of it today."""
        clock, diner = self.taps.line.clock, collector.diner
        midnight_ms = midnight_before_ms(clock.wall_ms(), self.taps.line.reference.policy().utc_offset_min)
        person, till = self.trail.counts(diner.holder, midnight_ms)
        pays = pays_by_hand(self.taps.line.reference, clock)
        return ManualSnapshot(diner.code, ManualFacts(pays, CODE_PIN, diner.holder, collector.proxy, person, till))

    async def _show(self, outcome: Outcome) -> None:
        """Show how it ended, as for a card that has left; a reader that fails does not make a paid meal unpaid."""
        try:
            await self.taps.show(outcome)
        except OneCardError as error:
            if error.ends_service:
                raise
            self.taps.report(error)
        self.taps.on_left()


def by_hand_at(taps: Supervisor, shifts: Shifts, told: Callable[[], None]) -> ByHand:
    """Return what takes meals by hand at a till."""
    clock = taps.line.clock
    return ByHand(taps, shifts, HandTrail(shifts.journals, clock, PinTries(clock.monotonic_ms)), told)


def pays_by_hand(reference: Reference, clock: Clock) -> str:
    """Return what a meal by hand is paid with under the tariff in force, empty where it takes none."""
    try:
        rule = in_force(reference.policy().versions, clock.wall_ms()).document.x_by_hand
    except PolicyError:
        return ""
    return "" if rule is None else rule.pays


def _digits(message: Message, name: str, wanted: re.Pattern[str]) -> str:
    digits = words_of(message, name)
    if not wanted.fullmatch(digits):
        raise RemoteProtocolError("CONTROL_MALFORMED", f"`{name}` is digits alone, of another count")
    return digits
