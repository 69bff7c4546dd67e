"""Counters of persons: kept under the holder's token, and an interval wherever another terminal may have granted too.

What a terminal knows is what it granted itself. Everything else of the limit may have been granted elsewhere since, but
for the terminal that holds the lease: nobody else may.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from edge.domain.charge import Line
from edge.domain.holder import Holder, Lease
from edge.domain.lease import in_force, newest_of
from edge.domain.tap import Tap
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.facts import NO_FACTS, Facts
from edge.domain.tariff.job import Job, known_of
from edge.domain.tariff.scenes import set_scene
from edge.domain.tariff.state import (
    LEASED_ELSEWHERE,
    LEASED_HERE,
    CounterRow,
    CounterState,
    Effect,
    Quota,
    TapEvent,
)

LeasesOf = Callable[[str, str], str]
"""Says whose right a quota is, by counter and bucket."""


def with_elsewhere(
    bundle: Bundle, facts: Facts, event: TapEvent, known: CounterState, tap: Tap, holder: Holder
) -> tuple[CounterState, tuple[Line, ...]]:
    """Return the counters as intervals over all terminals, and the lines that name leases."""
    rows, lines = list(known.rows), []
    job = Job(bundle, set_scene(bundle, facts, event, 1), event, known)
    for name, bucket, limit in _quotas(job):
        leases = in_force(holder.leases, name, bucket, tap.time_ms, tap.quality)
        lines += [_line(lease, tap.terminal) for lease in leases]
        here, possible = known_of(known, name, bucket)
        elsewhere = limit - here - possible
        if elsewhere > 0 and not _is_mine(leases, tap.terminal):
            rows.append(CounterRow(name, bucket, 0, elsewhere))
    return replace(known, rows=tuple(rows)), tuple(lines)


def quotas_of(
    bundle: Bundle, event: TapEvent, known: CounterState, effects: Iterable[Effect], leases: LeasesOf
) -> tuple[Quota, ...]:
    """Return every quota of a person as an event found it, with what the event adds and whose right it is."""
    job, added = Job(bundle, set_scene(bundle, NO_FACTS, event, 1), event, known), Counter[tuple[str, str]]()
    for effect in effects:
        added[effect.counter, effect.bucket] += effect.add
    return tuple(
        Quota(name, bucket, limit, *known_of(known, name, bucket), added[name, bucket], leases(name, bucket))
        for name, bucket, limit in _quotas(job)
    )


def leases_of(tap: Tap, holder: Holder | None) -> LeasesOf:
    """Return whose right each quota of a tap's holder is: see :class:`edge.domain.tariff.state.Quota`."""

    def whose(counter: str, bucket: str) -> str:
        held = () if holder is None else in_force(holder.leases, counter, bucket, tap.time_ms, tap.quality)
        return "" if not held else LEASED_HERE if _is_mine(held, tap.terminal) else LEASED_ELSEWHERE

    return whose


def under_holder(effects: Iterable[Effect], bundle: Bundle, holder: Holder) -> tuple[Effect, ...]:
    """Return effects of which those on counters of persons are counted under the holder's token."""
    return tuple(
        replace(effect, subject=holder.token) if bundle.counters[effect.counter].subject == "person" else effect
        for effect in effects
    )


def _quotas(job: Job) -> Iterator[tuple[str, str, int]]:
    """Yield (counter, bucket, limit) of every quota of a person in the event's period."""
    for counter in job.bundle.counters.values():
        if counter.subject == "person" and counter.limit is not None:
            yield counter.id, job.bucket_of(counter), counter.limit


def _is_mine(leases: Iterable[Lease], terminal: str) -> bool:
    """Say whether the newest of some leases is this terminal's."""
    newest = newest_of(leases)
    return newest is not None and newest.terminal == terminal


def _line(lease: Lease, terminal: str) -> Line:
    mine = lease.terminal == terminal
    whose = "this terminal" if mine else f"terminal {lease.terminal}"
    return Line("holder.lease", mine, f"{lease.counter} {lease.bucket} is leased to {whose}, lease {lease.serial}")
