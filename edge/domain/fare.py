"""From a tap to the tariff's question: what the engine is told of a medium, a place and a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from edge.domain.boarding import Boarding, price_boarding
from edge.domain.entitlement import claims_on, facts_of, lines_of, site_facts
from edge.domain.errors import PolicyError
from edge.domain.holder import Holder
from edge.domain.meals.selling import price_sale
from edge.domain.medium import BankCardSnapshot, CodeSnapshot, PurseSnapshot, Snapshot
from edge.domain.person_counters import leases_of, quotas_of, under_holder, with_elsewhere
from edge.domain.policy import CLOCK_UNKNOWN, Policy, State
from edge.domain.shown import scheme_of
from edge.domain.tap import Place, Tap
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.calendar import DAY_S, bucket, local
from edge.domain.tariff.engine import price
from edge.domain.tariff.media import APP, BANK_CARD, TRANSIT_CARD, medium_of
from edge.domain.tariff.state import CounterRow, CounterState, EventKind, LastPriced, PricedDecision, TapEvent
from edge.domain.tariff.versions import in_force

GATE_IN: Final = "in"
GATE_OUT: Final = "out"
"""Which way a gate leads, where rides are priced by both their taps."""
FINANCIAL = "financial"
"""The account of a bank card, as tariffs name it; a social security card has a transport account beside it."""


def version_of(policy: Policy, tap: Tap) -> Bundle:
    """Return the version in force at the tap; raises ``POLICY_MISSING`` where there is none."""
    return in_force(policy.versions, tap.time_ms)


def served_medium(bundle: Bundle, medium: Snapshot, home_city: str) -> str | None:
    """Return the tariff's name of a medium, None where the tariff does not serve it.

    A medium of another city is served only where a medium of the tariff fits it. A tariff that names no media at all
    serves every one of the city, under no name. An identity is no medium of a tariff: it pays nothing.
    """
    match medium:
        case PurseSnapshot():
            media_type, local, account = TRANSIT_CARD, medium.city == home_city, ""
        case BankCardSnapshot():
            media_type, local, account = BANK_CARD, True, FINANCIAL
        case CodeSnapshot():
            media_type, local, account = APP, medium.known.local, ""
        case _:
            return ""
    if not bundle.document.fare_media:
        return "" if local else None
    return medium_of(bundle, media_type, scheme=scheme_of(medium), local=local, account=account) or None


def as_read(policy: Policy, tap: Tap, state: State) -> State:
    """Return a state with the counters of this tap's periods alone: all that its price may read.

    A medium keeps a row for each day it rode; an entry holds what decided it, and must not grow with them. Of meal
    sessions those of the day are read. Without a version in force no counter is.
    """
    if not state.counters:
        return state
    try:
        bundle = version_of(policy, tap)
    except PolicyError:
        return replace(state, counters=())
    day = local(tap.time_ms, bundle.document.bundle.utc_offset_min)[0].date
    read = {(counter.id, _outside_sessions(bucket(counter.period, day, ""))) for counter in bundle.counters.values()}
    rows = (row for row in state.counters if (row.counter, _outside_sessions(row.bucket)) in read)
    return replace(state, counters=tuple(rows))


def _outside_sessions(period: str) -> str:
    return period.partition("/")[0]


def priced(tap: Tap, medium: Snapshot, bundle: Bundle, state: State) -> PricedDecision:
    """Price a tap; raises ``FACTS_INVALID`` where the tariff cannot price what the terminal knows."""
    told = {name: value for name, value in _told(tap, medium, bundle).items() if value != ""}
    if tap.boarding is not None:
        return _priced_for_several(tap, tap.boarding, bundle, state, told)
    if tap.sale is None:
        return _asked(tap, bundle, state, _event(tap, state), told)[0]

    leases = leases_of(tap, state.holder)

    def ask(kind: EventKind, facts: Mapping[str, object]) -> PricedDecision:
        event = replace(_event(tap, state), kind=kind)
        answer, known = _asked(tap, bundle, state, event, {**told, **facts})
        return replace(answer, quotas=quotas_of(bundle, event, known, answer.effects, leases))

    return price_sale(tap.sale, ask)


def _priced_for_several(
    tap: Tap, boarding: Boarding, bundle: Bundle, state: State, told: Mapping[str, object]
) -> PricedDecision:
    def ask(counters: tuple[CounterRow, ...], along: bool, paid_fen: int) -> PricedDecision:  # noqa: FBT001 - by place, as Ask has it
        facts = {**told, "companion": along}
        if isinstance(balance_fen := told.get("balance_fen"), int):
            facts["balance_fen"] = max(balance_fen - paid_fen, 0)
        return _asked(tap, bundle, replace(state, counters=counters), _event(tap, state), facts)[0]

    return price_boarding(boarding, state.counters, ask)


def _asked(
    tap: Tap, bundle: Bundle, state: State, event: TapEvent, told: Mapping[str, object]
) -> tuple[PricedDecision, CounterState]:
    """Ask the engine one question; returns its answer and the counters that it read."""
    if state.holder is None:
        facts, known = bundle.facts(told), _counter_state(state)
        return price(bundle, facts, known, event), known
    return _asked_for(state.holder, tap, bundle, state, event, told)


def _asked_for(
    holder: Holder, tap: Tap, bundle: Bundle, state: State, event: TapEvent, told: Mapping[str, object]
) -> tuple[PricedDecision, CounterState]:
    """Ask for a holder that the lists know: by the claims of the day, with quotas that others may have used."""
    day = local(tap.time_ms, bundle.document.bundle.utc_offset_min)[0].date
    claims = claims_on(holder, day.strftime("%Y%m%d") if day else "")
    known_of = facts_of(holder, claims)
    facts = bundle.facts({**told, **known_of, **site_facts(tap.place, known_of)})
    known, leases = with_elsewhere(bundle, facts, event, _counter_state(state), tap, holder)
    answer = price(bundle, facts, known, event)
    lines = (*lines_of(holder, claims), *leases, *answer.lines)
    return replace(answer, lines=lines, effects=under_holder(answer.effects, bundle, holder)), known


def _told(tap: Tap, medium: Snapshot, bundle: Bundle) -> dict[str, object]:
    return {
        "medium": served_medium(bundle, medium, tap.place.city),
        "balance_fen": medium.balance_fen if isinstance(medium, PurseSnapshot) else None,
        **_whereabouts(tap.place),
    }


def _whereabouts(place: Place) -> dict[str, object]:
    return {"route": place.line, "from": place.station, "towards": place.direction}


def _event(tap: Tap, state: State) -> TapEvent:
    error_s, kind = reach_ms(state) // 1000, _kind(tap)
    return TapEvent(kind, time_ms=tap.time_ms, terminal=tap.terminal, vehicle=tap.place.vehicle, clock_error_s=error_s)


def _kind(tap: Tap) -> EventKind:
    """Return what a tap is to the tariff; at gates that price by both taps only the centre knows both.

    A medium that is billed later pays nothing here. A purse can be debited only while it is there: it pays on the way
    out what an exit alone costs, and the centre credits what that was too much.
    """
    if tap.place.gate == GATE_OUT and isinstance(tap.medium, PurseSnapshot):
        return EventKind.MISSING_IN
    return EventKind.TAP_IN if tap.place.gate else EventKind.RIDE


def reach_ms(state: State) -> int:
    """Return how far from the time shown a price is tried: as far as the clock may be off, a day where nobody knows."""
    error_s = DAY_S if state.clock_error_s == CLOCK_UNKNOWN else state.clock_error_s
    return min(error_s, DAY_S) * 1000


def _counter_state(state: State) -> CounterState:
    last = None if state.last is None else LastPriced(state.last.time_ms, state.last.below_normal)
    return CounterState(state.counters, state.chain, last, state.open_grants)
