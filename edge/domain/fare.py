"""From a tap to the tariff's question: what the engine is told of a medium, a place and a time."""

from __future__ import annotations

from edge.domain.medium import PurseSnapshot
from edge.domain.policy import Policy, State
from edge.domain.tap import Place, Tap
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.engine import price
from edge.domain.tariff.facts import Facts
from edge.domain.tariff.state import CounterState, LastPriced, PricedDecision, TapEvent
from edge.domain.tariff.versions import in_force

PURSE_SCHEME = "tunion"
LOCAL, FOREIGN = "local", "other_city"


def version_of(policy: Policy, tap: Tap) -> Bundle:
    """Return the version in force at the tap; raises ``POLICY_MISSING`` where there is none."""
    return in_force(policy.versions, tap.time_ms)


def purse_medium(bundle: Bundle, medium: PurseSnapshot, home_city: str) -> str:
    """Return the tariff's name of a purse; empty where the tariff does not serve purses of its city.

    A foreign purse is served only where the tariff names purses of other cities.
    """
    scope = LOCAL if medium.city == home_city else FOREIGN
    rows = bundle.document.fare_media
    named = [row for row in rows if row.x_scheme == PURSE_SCHEME and row.x_issuer_scope in ("", scope)]
    return max(named, key=lambda row: row.x_issuer_scope).fare_media_id if named else ""


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
