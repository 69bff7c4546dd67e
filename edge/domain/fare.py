"""From a tap to the tariff's question: what the engine is told of a medium, a place and a time."""

from __future__ import annotations

from dataclasses import replace

from edge.domain.errors import PolicyError
from edge.domain.medium import PurseSnapshot
from edge.domain.policy import Policy, State
from edge.domain.tap import Place, Tap
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.calendar import bucket, local
from edge.domain.tariff.engine import price
from edge.domain.tariff.facts import Facts
from edge.domain.tariff.media import TRANSIT_CARD, medium_of
from edge.domain.tariff.state import CounterState, LastPriced, PricedDecision, TapEvent
from edge.domain.tariff.versions import in_force

PURSE_SCHEME = "tunion"


def version_of(policy: Policy, tap: Tap) -> Bundle:
    """Return the version in force at the tap; raises ``POLICY_MISSING`` where there is none."""
    return in_force(policy.versions, tap.time_ms)


def purse_medium(bundle: Bundle, medium: PurseSnapshot, home_city: str) -> str | None:
    """Return the tariff's name of a purse, None where the tariff does not serve purses of its city.

    A foreign purse is served only where a medium of the tariff fits it. A tariff that names no media at all serves
    every purse of the city, under no name.
    """
    home = medium.city == home_city
    if not bundle.document.fare_media:
        return "" if home else None
    return medium_of(bundle, TRANSIT_CARD, scheme=PURSE_SCHEME, local=home) or None


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


def priced(tap: Tap, medium: PurseSnapshot, bundle: Bundle, state: State) -> PricedDecision:
    """Price a purse tap; raises ``FACTS_INVALID`` where the tariff cannot price what the terminal knows."""
    return price(bundle, _facts(tap, medium, bundle), _counter_state(state), _event(tap))


def _facts(tap: Tap, medium: PurseSnapshot, bundle: Bundle) -> Facts:
    told: dict[str, object] = {
        "medium": purse_medium(bundle, medium, tap.place.city),
        "balance_fen": medium.balance_fen,
        **_whereabouts(tap.place),
    }
    return bundle.facts({name: value for name, value in told.items() if value != ""})


def _whereabouts(place: Place) -> dict[str, object]:
    return {"route": place.line, "from": place.station, "towards": place.direction}


def _event(tap: Tap) -> TapEvent:
    return TapEvent(time_ms=tap.time_ms, terminal=tap.terminal, vehicle=tap.place.vehicle)


def _counter_state(state: State) -> CounterState:
    last = None if state.last is None else LastPriced(state.last.time_ms, state.last.below_normal)
    return CounterState(state.counters, state.chain, last)
