"""What each tap of one token should have cost: journeys, and prices that only the centre can know.

Pure. Every tap is priced under its own edition, with the counters and the transfer chain as they truly stood.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from edge.domain.charge import Charge
from edge.domain.debts import CREDIT_FUNDER
from edge.domain.entitlement import claims_on, facts_of
from edge.domain.entry import Intent, PaidTap
from edge.domain.errors import PolicyError
from edge.domain.fare import as_read, priced, served_medium
from edge.domain.frozen import frozen
from edge.domain.policy import Policy
from edge.domain.replay import tap_of
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.journeys import Direction, Journey, TapRecord, pair_journeys, price_journey
from edge.domain.tariff.state import PricedDecision
from sync.central.books.accounts import Account, Balances, issuer_of
from sync.central.books.adjusting import Item, Reason, Standings, Wanted
from sync.central.books.days import business_day, day_text
from sync.central.books.postings import Part, part_of
from sync.central.books.tokens import Known, Tapped, is_the_media

FULL_PRICE: Final = "full_price_then_refund"
INSIDE_MS_MAX: Final = 86_400_000
"""Taps further apart belong to two rides; shorter stays are the tariff's matter."""


def items_of(taps: Sequence[Tapped], standing: Standings, closed_before_ms: int) -> dict[Item, Wanted]:
    """Return what each item of a token should come to.

    An entry before ``closed_before_ms`` that has found no exit misses it.
    """
    known = Known()
    wanted: dict[Item, Wanted] = {}
    for step in _steps(taps, closed_before_ms):
        item, target = _ride(step, known) if isinstance(step, Tapped) else _journey(step, known, standing)
        if item is not None and target is not None:
            wanted[item] = target
    return wanted


@frozen
class Trip:
    """A journey with the taps that it is made of."""

    journey: Journey
    entry: Tapped | None
    exit: Tapped | None

    @property
    def taps(self) -> tuple[Tapped, ...]:
        """Return the taps there are, in order."""
        return tuple(tap for tap in (self.entry, self.exit) if tap is not None)

    @property
    def reference(self) -> str:
        """Return how the books name it: what it is to the tariff, and its taps."""
        return " ".join([self.journey.kind.value, *(tap.name for tap in self.taps)])


def _steps(taps: Sequence[Tapped], closed_before_ms: int) -> Iterator[Tapped | Trip]:
    """Return rides and journeys in order of their charge."""
    records = {_record(tap): tap for tap in taps if part_of(tap.body) is not Part.RIDE}
    journeys = pair_journeys(records, closed_before_ms=closed_before_ms).journeys
    trips = [
        Trip(part, *(records[end] if end is not None else None for end in (part.entry, part.exit)))
        for journey in journeys
        for part in _parted(journey)
    ]
    rides = [tap for tap in taps if part_of(tap.body) is Part.RIDE]
    steps: list[Tapped | Trip] = [*rides, *trips]
    yield from sorted(steps, key=_charged_at)


def _parted(journey: Journey) -> tuple[Journey, ...]:
    """Return a journey as it is, or two lone taps where nobody can have been inside for so long."""
    entry, leaving = journey.entry, journey.exit
    if entry is None or leaving is None or leaving.time_ms - entry.time_ms <= INSIDE_MS_MAX:
        return (journey,)
    return Journey(entry, None), Journey(None, leaving)


def _charged_at(step: Tapped | Trip) -> tuple[int, tuple[str, int, int]]:
    last = step if isinstance(step, Tapped) else step.taps[-1]
    return last.entry.time_ms, last.identity


def _record(tap: Tapped) -> TapRecord:
    direction = Direction.IN if part_of(tap.body) is Part.ENTERED else Direction.OUT
    group = tap.versions[0].default_leg_group if tap.versions else ""
    terminal = f"{tap.entry.terminal}/{tap.entry.epoch}"
    return TapRecord(
        terminal, tap.entry.seq, tap.entry.time_ms, tap.body.token, direction, tap.body.place.station, group
    )


def _journey(trip: Trip, known: Known, standing: Standings) -> tuple[Item, Wanted]:
    """Price a journey by what is known, and count it."""
    first, last = trip.taps[0], trip.taps[-1]
    item = _standing_item(trip, standing) or Item(Reason.JOURNEY, *first.identity)
    day = business_day(last.entry.time_ms)
    try:
        facts = _facts(first, first.bundle())
        answer = price_journey(first.versions, trip.journey, facts, known.state())
    except PolicyError as error:
        item = replace(item, reason=Reason.UNPRICED)
        return item, Wanted(day, last.entry.time_ms, f"{error.code} {trip.reference}")
    known.count(answer.effects, answer.chain)
    others, payer_fen = changed(answer.charge, [tap.body for tap in trip.taps])
    collector = _collector(last.body)
    return item, Wanted(day, last.entry.time_ms, trip.reference, others, payer_fen, collector)


def _standing_item(trip: Trip, standing: Standings) -> Item | None:
    """Return the item under which one of the taps is in the books already: first that of the entry."""
    items = (Item(Reason.JOURNEY, *tap.identity) for tap in trip.taps)
    return next((item for item in items if item in standing and standing[item].lines), None)


def _facts(tap: Tapped, bundle: Bundle) -> dict[str, object]:
    """Return what the tariff is told of medium, line and holder."""
    body, medium = tap.body, tap.medium
    told: dict[str, object] = {"route": body.place.line, "towards": body.place.direction}
    if medium is not None:
        told["medium"] = served_medium(bundle, medium, body.place.city) or ""
    holder = body.state.holder
    if holder is not None:
        told |= facts_of(holder, claims_on(holder, day_text(tap.entry.time_ms)))
    return {name: value for name, value in told.items() if value != ""}


def _ride(tap: Tapped, known: Known) -> tuple[Item | None, Wanted | None]:
    """Count a ride; one whose terminal did not know how its token stood is priced anew, never above what was paid."""
    body = tap.body
    try:
        answer = _as_it_stood(tap, known)
    except PolicyError:
        answer = None  # it was charged, and stays so
    if answer is None:
        known.count(body.pricing.effects, body.pricing.chain)
        return None, None
    known.count(answer.effects, answer.chain)
    others, payer_fen = changed(answer.charge, [body])
    if payer_fen >= 0:
        return None, None
    item = Item(_why(tap), *tap.identity)
    return item, Wanted(
        business_day(tap.entry.time_ms), tap.entry.time_ms, tap.name, others, payer_fen, _collector(body)
    )


def _as_it_stood(tap: Tapped, known: Known) -> PricedDecision | None:
    """Return the price by how the token truly stood; None where its terminal knew all of that."""
    medium, told = tap.medium, tap.body.state
    if medium is None:
        return None
    bundle = tap.bundle()
    asked, policy = tap_of(tap.entry, tap.body, medium), Policy(tap.entry.edition, tap.versions)
    state = replace(told, counters=known.above(told.counters, bundle), chain=known.chain, clock_error_s=0)
    state = as_read(policy, asked, state)
    unsure = any(name not in bundle.counters or is_the_media(bundle, name) for name in tap.body.pricing.uncertain)
    if not unsure and state.chain == told.chain and set(state.counters) == {row for row in told.counters if row.known}:
        return None
    return priced(asked, medium, bundle, state)


def _why(tap: Tapped) -> Reason:
    counters = tap.bundle().counters
    modes = {counters[name].offline.mode for name in tap.body.pricing.uncertain if name in counters}
    return Reason.REFUND_DUE if FULL_PRICE in modes else Reason.WRONG_TIER


def changed(charge: Charge, charged: Sequence[Intent | PaidTap]) -> tuple[Balances, int]:
    """Return what a right charge adds to the charges taken: lines of operator and funders, and the payer's fen."""
    moved: Counter[tuple[str, str]] = Counter()
    payer_fen = charge.payer_fen
    moved[Account.OPERATOR, charged[-1].place.operator] -= charge.total_fen
    for share in charge.shares:
        moved[Account.FUNDER, share.funder] += share.fen
    for body in charged:
        taken = body.charge
        payer_fen -= taken.payer_fen - body.pricing.debt_fen
        moved[Account.OPERATOR, body.place.operator] += taken.total_fen - body.pricing.debt_fen
        for share in taken.shares:
            if share.funder == CREDIT_FUNDER:
                payer_fen -= share.fen
            else:
                moved[Account.FUNDER, share.funder] -= share.fen
    return {key: fen for key, fen in moved.items() if fen}, payer_fen


def _collector(body: Intent | PaidTap) -> str:
    """Return who collects what a medium without a write owes; a purse owes it by its holder."""
    return issuer_of(body) if isinstance(body, PaidTap) else ""
