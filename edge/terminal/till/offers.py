"""The one sale that the till asks to be paid for. It lives in memory alone: what was paid is in the journal."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from edge.domain.errors import PolicyError
from edge.domain.frozen import mutable
from edge.domain.meals.menu import session_at
from edge.domain.meals.sale import Sale
from edge.domain.tap import Token
from edge.domain.tariff.versions import in_force
from edge.ports import Clock, Reference
from edge.terminal.outcome import ASK_STAFF, NO_TOKEN, PRESENT_SAME_CARD, Outcome

OFFER_MS: Final = 180_000
"""How long an offer waits for a medium."""
BOUND_MARGIN_MS: Final = 5_000
"""A torn debit's offer ends this long before the debit gives no free passage any more: it is never paid twice."""


@mutable
class Offers:
    """Holds one offer until it is paid, cancelled or too old; the last one of the latter is ``lapsed`` until noted.

    While a debit for it is torn it is ``bound`` to that medium: no other may pay the same meal.
    """

    clock: Clock
    reference: Reference
    torn_window_ms: int
    held: Sale | None = None
    bound: Token = NO_TOKEN
    lapsed: Sale | None = None
    _until_ms: float = 0.0

    def hold(self, sale: Sale) -> None:
        """Put an offer in the place of whichever was there."""
        self.held, self.bound = sale, NO_TOKEN
        self._until_ms = self.clock.monotonic_ms() + OFFER_MS

    def collect(self, proxy: bytes, diner: bytes) -> None:
        """Let a relative collect what is offered, for one diner alone."""
        if self.held is not None:
            self.held = replace(self.held, proxy=proxy, diner=diner)

    def drop(self) -> Sale | None:
        """Take the offer back; returns it."""
        sale, self.held, self.bound = self.current(), None, NO_TOKEN
        return sale

    def current(self) -> Sale | None:
        """Return the offer as it is now, in the session by the clock; None where there is none any more."""
        if self.held is not None and self.clock.monotonic_ms() >= self._until_ms:
            self.held, self.bound, self.lapsed = None, NO_TOKEN, self.held
        return None if self.held is None else replace(self.held, session=self.session())

    def left_ms(self) -> int:
        """Return how long the offer still waits."""
        return max(int(self._until_ms - self.clock.monotonic_ms()), 0) if self.current() is not None else 0

    def session(self) -> str:
        """Return the meal session by the clock, empty between two and where no tariff is in force."""
        now_ms = self.clock.wall_ms()
        try:
            return session_at(in_force(self.reference.policy().versions, now_ms), now_ms)
        except PolicyError:
            return ""

    def sale_for(self, token: Token) -> Sale | None:
        """Return what a medium that is presented now is asked to pay for."""
        sale = self.current()
        return None if self.bound and self.bound != token else sale

    def turned_away(self) -> Outcome:
        """Return the answer to a medium that is asked for nothing; it is no answer to the next tap."""
        signal = PRESENT_SAME_CARD if self.bound else ASK_STAFF
        return Outcome(accepted=False, signal=signal, tap_id=b"", repeatable=False)

    def hear(self, outcome: Outcome) -> None:
        """Hear how a tap ended: an accepted one has paid the offer, a torn one binds it to its medium."""
        if self.held is None or outcome.sale is None or not self.held.is_same_offer(outcome.sale):
            return
        if outcome.accepted:
            self.held, self.bound = None, NO_TOKEN
        elif outcome.signal == PRESENT_SAME_CARD:
            self.bound = outcome.token
            self._until_ms = self.clock.monotonic_ms() + self.torn_window_ms - BOUND_MARGIN_MS
