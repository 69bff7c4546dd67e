"""Counters as intervals: a price is certain where every value inside prices alike, else the offline mode decides.

The ends do not prove it: a tier may return to its first rate. So every breakpoint between the ends is tried as well.
The clock is treated the same way where it may be off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from itertools import product
from math import prod
from typing import Final

from edge.domain.frozen import mutable
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.calendar import DAY_S
from edge.domain.tariff.facts import Facts
from edge.domain.tariff.job import Job, known_of
from edge.domain.tariff.scenes import set_scene
from edge.domain.tariff.state import CounterState, PricedDecision, TapEvent

PriceJob = Callable[[Job], PricedDecision]

COMBINATIONS_MAX: Final = 256
NONE_BARRED: Final[frozenset[str]] = frozenset()
WITHHOLDING: Final = frozenset({"deny", "full_price_then_refund"})
CLOCK: Final = "clock"


def priced_surely(
    price_job: PriceJob, bundle: Bundle, facts: Facts, state: CounterState, event: TapEvent
) -> PricedDecision:
    """Price an event, trying every value that its counters and its clock may have."""
    decision = _by_counters(price_job, bundle, facts, state, event)
    if not event.clock_error_s or event.time_ms is None:
        return decision
    others = [_by_counters(price_job, bundle, facts, state, at) for at in _moments(bundle, state, event)]
    payers = [other.charge.payer_fen for other in others]
    if all(other.charge == decision.charge and other.outcome is decision.outcome for other in others):
        return decision
    exposure = max(abs(payer - decision.charge.payer_fen) for payer in payers)
    return replace(decision, uncertain=(*decision.uncertain, CLOCK), exposure_fen=max(decision.exposure_fen, exposure))


@mutable
class Trial:
    """One question asked at several counter values; each value is priced once, all in one scene."""

    price_job: PriceJob
    first: Job
    answers: dict[tuple[tuple[str, int], ...], PricedDecision] = field(default_factory=dict)

    def at(self, taken: Mapping[str, int]) -> PricedDecision:
        """Return the decision at counter values; what is not named is taken as known."""
        name = tuple(sorted(taken.items()))
        if name not in self.answers:
            self.answers[name] = self.price_job(self._job(taken, NONE_BARRED))
        return self.answers[name]

    def without(self, barred: frozenset[str]) -> PricedDecision:
        """Return the decision without the reliefs that hang on the barred counters."""
        return self.price_job(self._job({}, barred))

    def _job(self, taken: Mapping[str, int], barred: frozenset[str]) -> Job:
        job = self.first
        return Job(job.bundle, job.scene, job.event, job.state, taken, barred)


def _by_counters(
    price_job: PriceJob, bundle: Bundle, facts: Facts, state: CounterState, event: TapEvent
) -> PricedDecision:
    boarding = state.chain.boardings + 1 if state.chain else 1
    trial = Trial(price_job, Job(bundle, set_scene(bundle, facts, event, boarding), event, state))
    decision = trial.at({})
    if not any(row.possible for row in state.rows):
        return decision
    candidates = _candidates(trial.first)
    tried = [trial.at(taken) for taken in _combinations(candidates)]
    if all(other.charge == decision.charge for other in tried):
        return decision
    return _by_mode(trial, _movers(trial, candidates) or list(candidates), tried)


def _candidates(job: Job) -> dict[str, list[int]]:
    """Return for every open counter the values above the known one at which a price may begin to differ.

    Between two breakpoints a price stands still, or falls evenly as under a cap: there the ends decide.
    """
    bundle = job.bundle
    found: dict[str, list[int]] = {}
    for name, counter in bundle.counters.items():
        known, possible = known_of(job.state, name, job.bucket_of(counter))
        if possible:
            last = known + possible
            found[name] = sorted({last, *(point for point in bundle.breakpoints.get(name, ()) if known < point < last)})
    return found


def _combinations(candidates: Mapping[str, list[int]]) -> Iterable[dict[str, int]]:
    """Yield counter values to try, each counter also left as known; of too many combinations only the ends."""
    choices: list[list[int | None]] = [[None, *values] for values in candidates.values()]
    if prod(map(len, choices)) > COMBINATIONS_MAX:
        choices = [[None, values[-1]] for values in candidates.values()]
    for chosen in product(*choices):
        taken = {name: value for name, value in zip(candidates, chosen, strict=True) if value is not None}
        if taken:
            yield taken


def _movers(trial: Trial, candidates: Mapping[str, list[int]]) -> list[str]:
    """Return the counters that move the price on their own."""
    known = trial.at({}).charge
    return [
        name for name, values in candidates.items() if any(trial.at({name: value}).charge != known for value in values)
    ]


def _by_mode(trial: Trial, uncertain: list[str], tried: list[PricedDecision]) -> PricedDecision:
    bundle = trial.first.bundle
    open_grants = {row.counter: row for row in trial.first.state.open_grants}
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
    decision = trial.without(frozenset(barred)) if barred else trial.at({})
    exposure = max(abs(other.charge.payer_fen - decision.charge.payer_fen) for other in tried)
    if barred == set(uncertain) and not refundable:
        exposure = 0
    return replace(decision, uncertain=tuple(sorted(uncertain)), exposure_fen=exposure)


def _moments(bundle: Bundle, state: CounterState, event: TapEvent) -> list[TapEvent]:
    """Return the event once in every other stretch of the time its clock may mean: within one no price changes."""
    now_ms = event.time_ms or 0
    error_ms = event.clock_error_s * 1000
    first, last = now_ms - error_ms, now_ms + error_ms
    starts = {first, *(turn for turn in _turns(bundle, state, event, first, last) if first < turn <= last)}
    priced = max(start for start in starts if start <= now_ms)
    return [replace(event, time_ms=max(start, 0), clock_error_s=0) for start in sorted(starts - {priced})]


def _turns(bundle: Bundle, state: CounterState, event: TapEvent, first: int, last: int) -> Iterable[int]:
    """Yield the moments (ms) from which on the bundle may price differently."""
    marks = {0} | {
        edge for bands in bundle.lookup.timeframes.values() for band in bands for edge in (band.start_s, band.end_s)
    }
    offset_s = bundle.document.bundle.utc_offset_min * 60
    midnight = ((first // 1000 + offset_s) // DAY_S) * DAY_S - offset_s
    while midnight * 1000 <= last:
        for mark in marks:
            yield (midnight + mark) * 1000
        midnight += DAY_S
    for since_ms, length_s in _gaps(bundle, state, event):
        yield (since_ms // 1000 + length_s) * 1000  # where the end of a gap is outside
        yield (since_ms // 1000 + length_s + 1) * 1000  # where it is inside


def _gaps(bundle: Bundle, state: CounterState, event: TapEvent) -> Iterable[tuple[int, int]]:
    """Yield (since when in ms, how long in s) of each gap that the bundle measures: transfers, returns, stays."""
    chain = state.chain
    for begun in () if chain is None else (chain.first_charge_ms, chain.start_ms, chain.end_ms):
        if begun is not None:
            for rule in bundle.document.fare_transfer_rules:
                yield begun, rule.duration_limit
                yield begun, rule.x_window.min_gap
    for policy in bundle.document.x_tap_policy.values():
        if state.last is not None and policy.passback is not None:
            yield state.last.time_ms, 0
            yield state.last.time_ms, policy.passback.window_s
        if event.entered_ms is not None:
            yield event.entered_ms, policy.max_minutes * 60
            yield event.entered_ms, policy.same_station_free_minutes * 60
