"""Counters as intervals: a price is certain where every value inside prices alike, else the offline mode decides.

The ends do not prove it: a tier may return to its first rate. So every breakpoint between the ends is tried as well.
The clock is treated the same way where it may be off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import product
from typing import Final

from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.calendar import DAY_S
from edge.domain.tariff.facts import Facts
from edge.domain.tariff.job import Job, known_of
from edge.domain.tariff.scenes import set_scene
from edge.domain.tariff.state import CounterState, PricedDecision, TapEvent

PriceAt = Callable[[Bundle, Facts, CounterState, TapEvent, Mapping[str, int], frozenset[str]], PricedDecision]

COMBINATIONS_MAX: Final = 256
NONE_BARRED: Final[frozenset[str]] = frozenset()
WITHHOLDING: Final = frozenset({"deny", "full_price_then_refund"})
CLOCK: Final = "clock"


def priced_surely(
    price_at: PriceAt, bundle: Bundle, facts: Facts, state: CounterState, event: TapEvent
) -> PricedDecision:
    """Price an event, trying every value that its counters and its clock may have."""
    decision = _by_counters(price_at, bundle, facts, state, event)
    if not event.clock_error_s or event.time_ms is None:
        return decision
    others = [_by_counters(price_at, bundle, facts, state, at) for at in _moments(bundle, state, event)]
    payers = [other.charge.payer_fen for other in others]
    if all(other.charge == decision.charge and other.outcome is decision.outcome for other in others):
        return decision
    exposure = max(abs(payer - decision.charge.payer_fen) for payer in payers)
    return replace(decision, uncertain=(*decision.uncertain, CLOCK), exposure_fen=max(decision.exposure_fen, exposure))


def _by_counters(
    price_at: PriceAt, bundle: Bundle, facts: Facts, state: CounterState, event: TapEvent
) -> PricedDecision:
    decision = price_at(bundle, facts, state, event, {}, NONE_BARRED)
    if not any(row.possible for row in state.rows):
        return decision
    candidates = _candidates(bundle, facts, state, event)
    names = [name for name, values in candidates.items() if len(values) > 1]
    if not names:
        return decision
    combinations = list(_combinations(candidates, names))
    tried = [price_at(bundle, facts, state, event, taken, NONE_BARRED) for taken in combinations]
    if all(other.charge == decision.charge for other in tried):
        return decision
    uncertain = _movers(price_at, bundle, facts, state, event, candidates, names) or names
    return _by_mode(price_at, bundle, facts, state, event, uncertain, tried)


def _candidates(bundle: Bundle, facts: Facts, state: CounterState, event: TapEvent) -> dict[str, list[int]]:
    job = Job(bundle, set_scene(bundle, facts, event, 1), event, state)
    found: dict[str, list[int]] = {}
    for name, counter in bundle.counters.items():
        known, possible = known_of(state, name, job.bucket_of(counter))
        last = known + possible
        points = bundle.breakpoints.get(name, ())
        inside = {value for point in points for value in (point - 1, point) if known < value < last}
        found[name] = sorted({known, last} | inside)
    return found


def _combinations(candidates: Mapping[str, list[int]], names: list[str]) -> Iterable[dict[str, int]]:
    count = 1
    for name in names:
        count *= len(candidates[name])
    values = [
        candidates[name] if count <= COMBINATIONS_MAX else [candidates[name][0], candidates[name][-1]] for name in names
    ]
    for chosen in product(*values):
        yield dict(zip(names, chosen, strict=True))


def _movers(
    price_at: PriceAt,
    bundle: Bundle,
    facts: Facts,
    state: CounterState,
    event: TapEvent,
    candidates: Mapping[str, list[int]],
    names: list[str],
) -> list[str]:
    """Return the counters that move the price on their own."""
    known = price_at(bundle, facts, state, event, {}, NONE_BARRED).charge
    return [
        name
        for name in names
        if any(
            price_at(bundle, facts, state, event, {name: value}, NONE_BARRED).charge != known
            for value in candidates[name][1:]
        )
    ]


def _by_mode(
    price_at: PriceAt,
    bundle: Bundle,
    facts: Facts,
    state: CounterState,
    event: TapEvent,
    uncertain: list[str],
    tried: list[PricedDecision],
) -> PricedDecision:
    open_grants = {row.counter: row for row in state.open_grants}
    barred = set()
    refundable = False
    for name in uncertain:
        offline = bundle.counters[name].offline
        grants = open_grants.get(name)
        full = grants is not None and (
            grants.person >= offline.max_open_per_person or grants.device_day >= offline.max_open_per_device_day
        )
        if offline.mode in WITHHOLDING or (offline.mode == "grant_and_flag" and full):
            barred.add(name)
            refundable = refundable or offline.mode == "full_price_then_refund"
    decision = price_at(bundle, facts, state, event, {}, frozenset(barred))
    exposure = max(abs(other.charge.payer_fen - decision.charge.payer_fen) for other in tried)
    if barred == set(uncertain) and not refundable:
        exposure = 0
    return replace(decision, uncertain=tuple(sorted(uncertain)), exposure_fen=exposure)


def _moments(bundle: Bundle, state: CounterState, event: TapEvent) -> list[TapEvent]:
    """Return the event at every moment its clock may mean where a price can change."""
    now_ms = event.time_ms or 0
    error_ms = event.clock_error_s * 1000
    first, last = now_ms - error_ms, now_ms + error_ms
    points = {first, last, *(point for point in _turns(bundle, state, event, first, last) if first < point < last)}
    return [replace(event, time_ms=max(point, 0), clock_error_s=0) for point in sorted(points)]


def _turns(bundle: Bundle, state: CounterState, event: TapEvent, first: int, last: int) -> Iterable[int]:
    """Yield the moments (ms) at which the bundle may price differently, and those just before them."""
    marks = {0} | {
        edge for bands in bundle.lookup.timeframes.values() for band in bands for edge in (band.start_s, band.end_s)
    }
    offset_s = bundle.document.bundle.utc_offset_min * 60
    midnight = ((first // 1000 + offset_s) // DAY_S) * DAY_S - offset_s
    while midnight * 1000 <= last:
        for mark in marks:
            yield (midnight + mark) * 1000
            yield (midnight + mark - 1) * 1000
        midnight += DAY_S
    anchors = [event.entered_ms] if event.entered_ms is not None else []
    if state.chain is not None:
        chain = state.chain
        anchors += [at for at in (chain.first_charge_ms, chain.start_ms, chain.end_ms) if at is not None]
    if state.last is not None:
        anchors.append(state.last.time_ms)
    for anchor in anchors:
        for length in _lengths(bundle):
            yield from ((anchor // 1000 + length + step) * 1000 for step in (-1, 0, 1))


def _lengths(bundle: Bundle) -> Iterable[int]:
    for rule in bundle.document.fare_transfer_rules:
        yield rule.duration_limit
        yield rule.x_window.min_gap
    for policy in bundle.document.x_tap_policy.values():
        yield policy.max_minutes * 60
        yield policy.same_station_free_minutes * 60
        if policy.passback is not None:
            yield policy.passback.window_s
