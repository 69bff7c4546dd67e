"""Journeys: entries and exits, paired the same way everywhere, and priced by the version in force at tap-in.

A purse carries its entry on the card, so the exit gate knows both ends. Bank cards and codes are paired at the centre,
where records arrive late and in any order: they are sorted by (event time, terminal, seq) first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from edge.domain.frozen import frozen
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.engine import price
from edge.domain.tariff.facts import read_facts
from edge.domain.tariff.state import CounterState, EventKind, PricedDecision, TapEvent
from edge.domain.tariff.versions import version_for

NO_JOINS: Final[frozenset[tuple[str, str]]] = frozenset()


class Direction(StrEnum):
    """Which way a tap leads."""

    IN = "in"
    OUT = "out"


@frozen
class TapRecord:
    """One tap at a gate. ``leg_group`` is that of its network; time in ms UTC."""

    terminal: str
    seq: int
    time_ms: int
    token: bytes
    direction: Direction
    station: str
    leg_group: str


@frozen
class Journey:
    """An entry with its exit; one of them may be missing."""

    entry: TapRecord | None
    exit: TapRecord | None

    @property
    def kind(self) -> EventKind:
        """What it is to the tariff."""
        if self.exit is None:
            return EventKind.MISSING_OUT
        return EventKind.RIDE if self.entry is not None else EventKind.MISSING_IN

    @property
    def last(self) -> TapRecord:
        """The tap at which it is charged; raises ``ValueError`` for a journey without taps."""
        last = self.exit or self.entry
        if last is None:
            raise ValueError("a journey has at least one tap")
        return last


@frozen
class Paired:
    """Finished journeys in order of their charge, and entries that are still open."""

    journeys: tuple[Journey, ...]
    open_entries: tuple[TapRecord, ...]


def pair_journeys(
    records: Iterable[TapRecord],
    *,
    closed_before_ms: int = 0,
    joins: frozenset[tuple[str, str]] = NO_JOINS,
) -> Paired:
    """Pair the taps of each token; late, repeated and shuffled records give the same journeys.

    An entry followed by another entry misses its exit, unless their leg groups are joined (an interchange inside the
    gates). An entry before ``closed_before_ms`` that found no exit misses it too; a later one stays open.
    """
    taps: dict[bytes, list[TapRecord]] = defaultdict(list)
    for record in sorted(dict.fromkeys(records), key=_order):
        taps[record.token].append(record)
    journeys: list[Journey] = []
    open_entries: list[TapRecord] = []
    for sequence in taps.values():
        waiting = _pair(sequence, journeys, joins)
        if waiting is not None and waiting.time_ms < closed_before_ms:
            journeys.append(Journey(waiting, None))
        elif waiting is not None:
            open_entries.append(waiting)
    ordered = sorted(journeys, key=lambda journey: _order(journey.last))
    return Paired(tuple(ordered), tuple(sorted(open_entries, key=_order)))


def _order(record: TapRecord) -> tuple[int, str, int]:
    return record.time_ms, record.terminal, record.seq


def _pair(
    sequence: Sequence[TapRecord], journeys: list[Journey], joins: frozenset[tuple[str, str]]
) -> TapRecord | None:
    waiting: TapRecord | None = None
    for record in sequence:
        if record.direction is Direction.OUT:
            journeys.append(Journey(waiting, record))
            waiting = None
        elif waiting is not None and (waiting.leg_group, record.leg_group) in joins:
            continue
        else:
            if waiting is not None:
                journeys.append(Journey(waiting, None))
            waiting = record
    return waiting


def price_journey(
    versions: Sequence[Bundle], journey: Journey, facts: Mapping[str, object], state: CounterState
) -> PricedDecision:
    """Price a journey with what else is known (``facts``: medium, category, distance ...).

    Stations come from the taps; raises ``FACTS_INVALID`` or ``POLICY_MISSING`` as the engine does.
    """
    entry, last = journey.entry, journey.last
    known: dict[str, object] = dict(facts)
    if entry is not None:
        known["from"] = entry.station
    if journey.exit is not None:
        known["to"] = journey.exit.station
    if entry is not None and journey.exit is not None:
        known["same_station"] = entry.station == journey.exit.station
    event = TapEvent(
        kind=journey.kind,
        leg_group=(entry or last).leg_group,
        time_ms=last.time_ms,
        entered_ms=entry.time_ms if entry else None,
        terminal=last.terminal,
        seq=last.seq,
    )
    checked = read_facts(known, versions[0].own_facts)
    return price(version_for(versions, checked, event), checked, state, event)
