"""A bundle ready for use: the document, and the indexes that make a decision fast. Built once per edition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Final, TypeVar, cast

from edge.domain.errors import PolicyError
from edge.domain.frozen import frozen
from edge.domain.meals.programme import Programme
from edge.domain.tariff.calendar import clock_seconds, weekday_mask
from edge.domain.tariff.conditions import When
from edge.domain.tariff.document import Document, LegRule, ProductRow
from edge.domain.tariff.facts import Facts, FactType, read_facts
from edge.domain.tariff.reading import Problem, Reading, UnreadableError
from edge.domain.tariff.rule_models import Adjustment, Counter, Relief, TapPolicy, TransferRule
from edge.domain.tariff.rules.cap_by_counter import CapByCounter
from edge.domain.tariff.scene import Band, Calendar, Lookup
from edge.domain.tariff.state import EventKind

K = TypeVar("K")
R = TypeVar("R")

NO_TAP_POLICY: Final = TapPolicy(mode="in")


@frozen
class Block:
    """Reliefs that are decided together: one alone, or a group with its choice; members in order of precedence."""

    choice: str
    members: tuple[Relief, ...]


@frozen
class Bundle:
    """A bundle in use. Equal documents make equal bundles."""

    document: Document
    lookup: Lookup = field(compare=False)
    stages: Mapping[str, tuple[tuple[str, tuple[Block, ...]], ...]] = field(compare=False)
    leg_rules: Mapping[str, tuple[LegRule, ...]] = field(compare=False)
    products: Mapping[str, tuple[ProductRow, ...]] = field(compare=False)
    transfers: Mapping[tuple[str, str], tuple[TransferRule, ...]] = field(compare=False)
    counters: Mapping[str, Counter] = field(compare=False)
    programmes: Mapping[str, tuple[Programme, ...]] = field(compare=False)
    breakpoints: Mapping[str, tuple[int, ...]] = field(compare=False)
    own_facts: Mapping[str, FactType] = field(compare=False)
    funder_rank: Mapping[str, int] = field(compare=False)
    default_leg_group: str = ""
    default_kind: EventKind = EventKind.RIDE

    @property
    def id(self) -> str:
        """Name of this version."""
        return self.document.bundle.id

    @property
    def series(self) -> str:
        """Name shared by all versions of the tariff."""
        return self.document.bundle.series or self.document.bundle.id

    @property
    def span_ms(self) -> tuple[int | None, int | None]:
        """First instant in force and first instant after, in ms UTC; None where open."""
        effective = self.document.bundle.effective
        return _instant_ms(effective.from_), _instant_ms(effective.until)

    def facts(self, plain: Mapping[str, object]) -> Facts:
        """Check facts against the vocabulary and this bundle's own; raises ``FACTS_INVALID``."""
        return read_facts(plain, self.own_facts)

    def tap_policy(self, network: str) -> TapPolicy:
        """Return the tap policy of a network."""
        return self.document.x_tap_policy.get(network, NO_TAP_POLICY)


def _instant_ms(text: str) -> int | None:
    return int(datetime.fromisoformat(text).timestamp()) * 1000 if text else None


def read_document(
    plain: Mapping[str, object], overrides: Mapping[str, object] | None = None
) -> tuple[Document | None, Reading]:
    """Read a plain tree with its parameters filled in; ``None`` where the reading noted problems.

    ``overrides`` replace parameters of the same name.
    """
    params = plain.get("x_params", {})
    own = plain.get("x_facts", ())
    rows = [row for row in own if isinstance(row, Mapping)] if isinstance(own, list | tuple) else []
    names = {str(row.get("id")): str(row.get("same_as") or row.get("id")) for row in rows}
    reading = Reading({**params, **(overrides or {})} if isinstance(params, Mapping) else {}, names)
    try:
        return reading.table(Document, {**plain, "x_params": dict(reading.params)}, ""), reading
    except UnreadableError:
        return None, reading


def build_bundle(plain: Mapping[str, object], overrides: Mapping[str, object] | None = None) -> Bundle:
    """Return the bundle of a plain tree; raises ``TARIFF_INVALID`` with the first problem and their number."""
    document, reading = read_document(plain, overrides)
    if document is None:
        raise invalid(reading.problems)
    try:
        return prepare(document)
    except (KeyError, ValueError) as error:
        raise PolicyError("TARIFF_INVALID", f"{document.bundle.id}: broken reference or date: {error}") from error


def invalid(problems: Iterable[Problem]) -> PolicyError:
    """Return the coded error for some problems."""
    listed = [str(problem) for problem in problems]
    more = f" (and {len(listed) - 1} more)" if len(listed) > 1 else ""
    return PolicyError("TARIFF_INVALID", f"{listed[0] if listed else 'unreadable'}{more}")


def prepare(document: Document) -> Bundle:
    """Index a document."""
    adjustments = [*document.x_adjustments, *_caps(document)]
    groups = [rule.leg_group_id for rule in document.fare_leg_rules]
    services = sorted({programme.service for programme in document.x_meals}, reverse=True)
    kind = EventKind.RIDE if groups or not services else EventKind(services[0])
    return Bundle(
        document=document,
        lookup=_lookup(document),
        stages={
            network.network_id: tuple((stage, _blocks(document, adjustments, stage)) for stage in network.x_stages)
            for network in document.networks
        },
        leg_rules=_by_name(((rule.leg_group_id, rule) for rule in document.fare_leg_rules), _leg_order),
        products=_by_name(((row.fare_product_id, row) for row in document.fare_products), _product_order),
        transfers=_transfers(document),
        counters={counter.id: counter for counter in document.x_counters},
        programmes=_by_name(((row.service, row) for row in document.x_meals), lambda row: (-row.priority, row.id)),
        breakpoints=_breakpoints(document, adjustments),
        own_facts={row.id: FactType(row.type, "", "", row.low, row.high, row.same_as) for row in document.x_facts},
        funder_rank={funder: rank for rank, funder in enumerate(document.x_funders)},
        default_leg_group=document.bundle.default_leg_group or (groups[0] if len(set(groups)) == 1 else ""),
        default_kind=kind,
    )


def _caps(document: Document) -> list[Adjustment]:
    made = []
    for cap in document.x_caps:
        when = cap.when
        if cap.networks:
            plain = {"network": list(cap.networks), **cap.when.source}
            own = {row.id: row.same_as or row.id for row in document.x_facts}
            when = When.from_plain(Reading(document.x_params, own), plain, cap.id)
        op = CapByCounter(counter=cap.counter, fen=cap.price)
        made.append(Adjustment(id=cap.id, stage="cap", when=when, op=op, funder=cap.funder))
    return made


def _by_name(pairs: Iterable[tuple[K, R]], order: Callable[[R], tuple[int | str, ...]]) -> dict[K, tuple[R, ...]]:
    grouped: dict[K, list[R]] = defaultdict(list)
    for name, row in pairs:
        grouped[name].append(row)
    return {name: tuple(sorted(rows, key=order)) for name, rows in grouped.items()}


def _leg_order(rule: LegRule) -> tuple[int, int, str]:
    narrow = (rule.from_area_id, rule.to_area_id, rule.from_timeframe_group_id, rule.to_timeframe_group_id)
    return -rule.rule_priority, -sum(map(bool, narrow)), rule.fare_product_id


def _product_order(row: ProductRow) -> tuple[int, str, str]:
    return -(bool(row.rider_category_id) + bool(row.fare_media_id)), row.rider_category_id, row.fare_media_id


def precedence(relief: Relief) -> tuple[int, str]:
    """Order of reliefs: the higher priority first, ties by id."""
    return -relief.priority, relief.id


def blocks_of(reliefs: Iterable[Relief], choices: Mapping[str, str]) -> tuple[Block, ...]:
    """Return reliefs in blocks: groups together, in order of their first member."""
    grouped: dict[str, list[Relief]] = {}
    for relief in sorted(reliefs, key=precedence):
        grouped.setdefault(relief.group or f"\0{relief.id}", []).append(relief)
    return tuple(Block(choices.get(name, "exclusive"), tuple(members)) for name, members in grouped.items())


def _blocks(document: Document, adjustments: Iterable[Adjustment], stage: str) -> tuple[Block, ...]:
    chosen = [row for row in adjustments if row.stage == stage]
    return blocks_of(chosen, cast("Mapping[str, str]", document.x_group_choice))


def _transfers(document: Document) -> Mapping[tuple[str, str], tuple[TransferRule, ...]]:
    pairs = (
        ((origin, destination), rule)
        for rule in document.fare_transfer_rules
        for origin in rule.from_leg_group_id
        for destination in rule.to_leg_group_id
    )
    return _by_name(pairs, lambda rule: (-rule.x_priority, rule.x_id))


def _breakpoints(document: Document, adjustments: Iterable[Relief]) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, set[int]] = defaultdict(set)
    for counter in document.x_counters:
        if counter.limit is not None:
            found[counter.id].add(counter.limit)
    operations = [relief.op for relief in adjustments]
    operations += [relief.op for programme in document.x_meals for relief in programme.reliefs]
    operations += [rule.operation for rule in document.fare_transfer_rules if rule.operation is not None]
    for operation in operations:
        for counter_id in operation.counters():
            found[counter_id].update(operation.breakpoints())
    return {name: tuple(sorted(points)) for name, points in found.items()}


def _lookup(document: Document) -> Lookup:
    timeframes: dict[str, list[Band]] = defaultdict(list)
    for row in document.timeframes:
        band = Band(clock_seconds(row.start_time), clock_seconds(row.end_time), row.service_id)
        timeframes[row.timeframe_group_id].append(band)
    stations = {place for row in document.areas for place in row.x_places}
    return Lookup(
        day_sets={name: frozenset(map(date.fromisoformat, days)) for name, days in document.x_day_sets.items()},
        calendars={
            name: Calendar(weekday_mask(row.weekdays), row.minus, row.plus)
            for name, row in document.x_calendars.items()
        },
        timeframes={name: tuple(bands) for name, bands in timeframes.items()},
        areas={row.area_id: frozenset(row.x_places) | ({row.area_id} - stations) for row in document.areas},
        leap_birthday=document.bundle.leap_birthday,
    )
