"""The parts of the tap line, and what it reads on the way from a card to a decision."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from edge.domain.debit import TripFacts
from edge.domain.exposure import Exposure, Horizon
from edge.domain.fare import as_read
from edge.domain.frozen import frozen, mutable
from edge.domain.holder import Holder, ListAge
from edge.domain.lease import without_returned
from edge.domain.medium import CodeSnapshot, ManualSnapshot, Snapshot, UnknownSnapshot
from edge.domain.policy import Policy, State
from edge.domain.shown import IDENTITY_SCHEME, number_of, scheme_of
from edge.domain.tap import Place, Tap, TerminalId, Token
from edge.domain.tariff.calendar import midnight_before_ms
from edge.domain.tariff.state import CounterRow, OpenGrants
from edge.ports import Clock, Identity, IdSource, Journal, Reference
from edge.terminal.boardings import Boardings
from edge.terminal.outcome import NO_TOKEN
from edge.terminal.timekeeping import ages_of

if TYPE_CHECKING:
    from edge.terminal.till.lately import Lately  # only a till loads them
    from edge.terminal.till.offers import Offers

DAY_MS: Final = 86_400_000


@frozen
class TapRules:
    """Timing and place-bound constants of the tap line, from the profile and the terminal's configuration.

    ``trip`` is what the terminal writes into the card's trip record.
    """

    place: Place
    trip: TripFacts
    debounce_ms: int = 1500
    torn_window_s: int = 120


@mutable
class Service:
    """Whether the terminal sells, and why not: set between taps, read by the tap.

    ``continuity`` is ``proven``, ``unproven`` or ``lost``. ``fenced``: it is lost and the centre can be reached, so a
    new epoch grant can be had before more is sold. ``start_counted``: a MAC1 may have been asked for since the start.
    ``confirmed_ms``: the edition in force was known to be the newest then (ms UTC, 0: never).
    """

    stop: str = ""
    continuity: str = "unproven"
    fenced: bool = False
    start_counted: bool = False
    confirmed_ms: int = 0

    def fence(self) -> None:
        """Sell no more into this journal: only the next epoch's is served again."""
        self.continuity, self.fenced, self.stop = "lost", True, "continuity_lost"


@mutable
class Whereabouts:
    """Where the vehicle is by now: set between taps by the place source; None: where it was configured to be."""

    place: Place | None = None


@frozen
class TapLine:
    """All that one tap needs beside the card.

    ``older`` are journals of earlier epochs that still matter: with debits that are unsettled, for their cards may come
    back, or with accepted taps that the centre has not acked. A till has ``offers``, and charges nothing without one;
    its guards look at the last ``meals``. A bus has ``boardings``, which its driver's keys arm.
    """

    terminal: TerminalId
    rules: TapRules
    clock: Clock
    ids: IdSource
    identity: Identity
    journal: Journal
    reference: Reference
    older: tuple[Journal, ...] = ()
    service: Service = field(default_factory=Service)
    offers: Offers | None = None
    whereabouts: Whereabouts = field(default_factory=Whereabouts)
    boardings: Boardings | None = None
    meals: Lately | None = None

    def tap(self, medium: Snapshot) -> Tap:
        """Add who, when and where to a snapshot."""
        token = self._token(medium)
        return Tap(
            id=self.ids.tap_id(),
            terminal=self.terminal,
            place=self.whereabouts.place or self.rules.place,
            time_ms=self.clock.wall_ms(),
            quality=self.clock.quality(),
            token=token,
            medium=medium,
            sale=None if self.offers is None else self.offers.sale_for(token),
            boarding=None if self.boardings is None else self.boardings.boarding_for(token),
        )

    def _token(self, medium: Snapshot) -> Token:
        if isinstance(medium, ManualSnapshot):
            return Token(medium.token)
        number = number_of(medium)
        return NO_TOKEN if number is None else self.identity.token(scheme_of(medium), number)

    async def state(self, tap: Tap) -> State:
        """Read the state that decides this tap: journal rows, deny list, and the terminal's own condition."""
        policy = self.reference.policy()
        if not tap.token:
            return self.as_served_now(State(clock_error_s=self.clock.error_s()))
        holder = await self._holder(tap)
        code = tap.medium.known.code if isinstance(tap.medium, CodeSnapshot) else b""
        person = b"" if holder is None else holder.token
        horizon = horizon_of(tap, policy, self.clock.error_s())
        stored = await self.journal.state_of(tap.token, code, horizon, person)
        for journal in self.older:
            stored = with_older(stored, await journal.state_of(tap.token, code, horizon, person))
        meals = None if self.meals is None else await self.meals.seen(tap, policy, holder)
        read = replace(as_read(policy, tap, stored), holder=holder, clock_error_s=horizon.error_s, meals=meals)
        return self.as_served_now(self._with_lists(read, tap))

    def _with_lists(self, state: State, tap: Tap) -> State:
        """Add what the lists in force say of a medium, and their ages."""
        listed, debt = self.reference.listed(tap.token), self.reference.debt(tap.token)
        return replace(state, listed=listed, debt=debt, lists=self.watched_lists())

    def watched_lists(self) -> tuple[ListAge, ...]:
        """Return the lists whose age the policy in force asks for; an entry need not hold the others."""
        watched = self.reference.policy().limits.watched_kinds()
        headers = [header for header in self.reference.artifacts() if header.kind in watched] if watched else []
        return ages_of(headers, self.service.confirmed_ms, self.clock.known_ms())

    async def _holder(self, tap: Tap) -> Holder | None:
        """Return who holds the medium, without leases that this terminal gave back.

        The holder is known by the card identification code where the medium gives one, else by its own token.
        """
        named = self._named_holder(tap.medium)
        known = (self.reference.holder(named) if named else None) or self.reference.holder(tap.token)
        if known is None or not known.leases:
            return known
        return without_returned(known, await self.journal.returned_leases(known.token))

    def _named_holder(self, medium: Snapshot) -> Token:
        """Return the token of the card identification code that came with the medium, empty where none did."""
        match medium:
            case CodeSnapshot() | ManualSnapshot():
                return Token(medium.known.holder)
            case UnknownSnapshot():
                return NO_TOKEN
            case _:
                code = medium.holder
                return NO_TOKEN if code is None else self.identity.token(IDENTITY_SCHEME, code)

    def as_served_now(self, state: State) -> State:
        """Return a state with the terminal's own condition as it is by now: preparing a debit may have changed it.

        The rest holds for the whole tap: no other tap comes between, and an ack only lowers the exposure.
        """
        stop, cautious = self.service.stop, self.service.continuity == "lost"
        if (state.stop, state.cautious) == (stop, cautious):
            return state
        return replace(state, stop=stop, cautious=cautious)


def with_older(state: State, older: State) -> State:
    """Add what an earlier epoch's journal still owes: its exposure, its suspicion, and what its torn debits may count.

    What it counted for sure was taken over when the journal in force began.
    """
    possible = {(row.counter, row.bucket): row.possible for row in older.counters if row.possible}
    rows = {(row.counter, row.bucket): row for row in state.counters}
    for key, add in possible.items():
        row = rows.get(key, CounterRow(*key, known=0))
        rows[key] = replace(row, possible=row.possible + add)
    return replace(
        state,
        unsent_fen=state.unsent_fen + older.unsent_fen,
        unsent_count=state.unsent_count + older.unsent_count,
        suspect=state.suspect or older.suspect,
        code_used=state.code_used or older.code_used,
        counters=tuple(rows[key] for key in sorted(rows)),
        open_grants=_summed(state.open_grants, older.open_grants),
        exposure=_together(state.exposure, older.exposure),
        paid_back=tuple(sorted({*state.paid_back, *older.paid_back})),
    )


def _summed(grants: tuple[OpenGrants, ...], older: tuple[OpenGrants, ...]) -> tuple[OpenGrants, ...]:
    found = {row.counter: row for row in grants}
    for row in older:
        known = found.get(row.counter, OpenGrants(row.counter, 0, 0))
        found[row.counter] = OpenGrants(row.counter, known.person + row.person, known.device_day + row.device_day)
    return tuple(found[name] for name in sorted(found))


def _together(exposure: Exposure | None, older: Exposure | None) -> Exposure | None:
    return exposure if exposure is None or older is None else exposure.with_older(older)


def horizon_of(tap: Tap, policy: Policy, error_s: int) -> Horizon:
    """Return the moment of a tap: its civil day, and the window before it, by a clock that may be ``error_s`` off."""
    day_from_ms = midnight_before_ms(tap.time_ms, policy.utc_offset_min)
    window_s = policy.limits.velocity_window_s
    return Horizon(tap.medium.family.value, tap.time_ms, error_s, day_from_ms, day_from_ms + DAY_MS, window_s)
