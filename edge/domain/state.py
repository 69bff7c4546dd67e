"""What is read for one tap beside the reference data: what is known of its medium, its holder and the terminal."""

from __future__ import annotations

from edge.domain.clock_reading import CLOCK_UNKNOWN
from edge.domain.exposure import Exposure
from edge.domain.frozen import frozen
from edge.domain.holder import Debt, Holder, ListAge
from edge.domain.meals.seen import MealsSeen
from edge.domain.tariff.state import Chain, CounterRow, OpenGrants

__all__ = ["CLOCK_UNKNOWN", "LastTap", "State"]


@frozen
class LastTap:
    """The last accepted tap of a medium at this terminal. ``counter`` is its card counter after that tap.

    ``below_normal``: it cost less than the list price.
    """

    time_ms: int
    payer_fen: int
    counter: int
    below_normal: bool = False


@frozen
class State:
    """All that a decision reads beside tap and policy; it is written into the entry, so that it can be replayed.

    ``listed``: the deny list of the edition names this token. ``unsent_fen`` and ``unsent_count``: accepted and not
    yet acked by the centre. ``stop`` is the reason word for which the terminal sells nothing, or empty. ``cautious``:
    continuity of the journal is in doubt. ``suspect``: the PSAM once refused MAC2 of a debit of this medium.
    ``counters`` are intervals: what is known here, and what debits that are still unsettled may add; ``chain`` is the
    medium's open transfer chain. ``holder`` is who holds the medium, ``debt`` what its token owes, ``lists`` the lists
    in force with their ages, as far as a tier asks for them; ``open_grants`` are the uncertain grants that the centre
    has not acked. ``paid_back`` are the references of debts that this token paid back here, or may have: an order to
    debit them is unsettled. ``exposure`` is what is at risk here (None: nobody summed it up). The tap's time may be
    off by ``clock_error_s`` (:data:`CLOCK_UNKNOWN`: nobody knows). ``meals`` is what a till's guards ask of its last
    meals (None: no guard is on, or it is no till).
    """

    listed: bool = False
    last: LastTap | None = None
    unsent_fen: int = 0
    unsent_count: int = 0
    stop: str = ""
    cautious: bool = False
    suspect: bool = False
    counters: tuple[CounterRow, ...] = ()
    chain: Chain | None = None
    holder: Holder | None = None
    debt: Debt | None = None
    lists: tuple[ListAge, ...] = ()
    code_used: bool = False
    open_grants: tuple[OpenGrants, ...] = ()
    exposure: Exposure | None = None
    clock_error_s: int = 0
    paid_back: tuple[str, ...] = ()
    meals: MealsSeen | None = None

    @property
    def open_debt(self) -> Debt | None:
        """Return what the token still owes: a debt is paid back once, however long the list goes on naming it."""
        debt = self._open
        return debt if debt is not None and debt.fen > 0 else None

    @property
    def open_credit(self) -> Debt | None:
        """Return what the token still has coming, as a debt below zero; it pays once."""
        debt = self._open
        return debt if debt is not None and debt.fen < 0 else None

    @property
    def _open(self) -> Debt | None:
        return None if self.debt is None or self.debt.reference in self.paid_back else self.debt
