"""Priced cases: read one, price it, and say where the answer differs from what is expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from fractions import Fraction
from typing import Any

from edge.domain.errors import OneCardError, PolicyError
from edge.domain.frozen import frozen, mutable
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.engine import price
from edge.domain.tariff.facts import FACTS, read_facts
from edge.domain.tariff.job import known_of
from edge.domain.tariff.scenes import instant_s
from edge.domain.tariff.state import CURRENT, Chain, CounterRow, CounterState, EventKind, PricedDecision, TapEvent
from edge.domain.tariff.versions import version_for
from edge.tariff_authoring.given import CHAIN_SIGNS, EXPECT, GIVEN, Target
from edge.tariff_authoring.shelf import Shelf

MOMENT_FACTS = {"bus_tap": "time", "tap_in": "tap_in", "tap_out": "tap_out"}
MOMENT_FIELDS = {"bus_tap": ("start_ms", "end_ms", "first_charge_ms"), "tap_in": ("start_ms",), "tap_out": ("end_ms",)}


@mutable
class Question:
    """A ``given`` object sorted into what the engine takes."""

    facts: dict[str, Any] = field(default_factory=dict)
    params: dict[str, object] = field(default_factory=dict)
    counters: list[CounterRow] = field(default_factory=list)
    chain: dict[str, Any] | None = None
    leg_group: str = ""
    kind: EventKind | None = None
    list_fens: list[int] = field(default_factory=list)


@frozen
class Answer:
    """The decisions of a case (one per ride) with the bundle and the state before."""

    bundle: Bundle
    state: CounterState
    decisions: tuple[PricedDecision, ...]


def ask(shelf: Shelf, tariff: str, given: Mapping[str, Any]) -> Answer:
    """Price a ``given`` object; raises coded errors for unknown keys, wrong values and facts that give no price."""
    sample = shelf.versions(tariff)
    question = sort_out(sample[0], given)
    versions = shelf.versions(tariff, question.params) if question.params else sample
    facts = read_facts(question.facts, sample[0].own_facts)
    event = TapEvent(question.kind or sample[0].default_kind, question.leg_group)
    bundle = version_for(versions, facts, event) if len(versions) > 1 else versions[0]
    chain = None if question.chain is None else Chain(**{"leg_group": event.leg_group, **question.chain})
    if chain is not None and not chain.leg_group:
        chain = replace(chain, leg_group=bundle.default_leg_group)
    state = CounterState(tuple(question.counters), chain)
    if not question.list_fens:
        return Answer(bundle, state, (price(bundle, facts, state, event),))
    return Answer(bundle, state, tuple(_rides(bundle, question, state, event)))


def _rides(bundle: Bundle, question: Question, state: CounterState, event: TapEvent) -> Iterator[PricedDecision]:
    for list_fen in question.list_fens:
        facts = read_facts({**question.facts, "list_fen": list_fen}, bundle.own_facts)
        decision = price(bundle, facts, state, event)
        rows = tuple(CounterRow(effect.counter, effect.bucket or CURRENT, effect.add) for effect in decision.effects)
        state = replace(state, rows=state.rows + rows, chain=decision.chain)
        yield decision


def sort_out(bundle: Bundle, given: Mapping[str, Any]) -> Question:
    """Sort a ``given`` object by the table of keys; raises ``FACTS_INVALID`` for a key that nobody knows."""
    question = Question()
    buckets = {
        GIVEN[name].name: value for name, value in given.items() if name in GIVEN and GIVEN[name].place == "bucket"
    }
    if not CHAIN_SIGNS.isdisjoint(given) and bundle.transfers:
        question.chain = {}
    later: list[tuple[str, Any, Target]] = []
    for name, value in given.items():
        target = GIVEN.get(name) or _by_own_name(bundle, name)
        if target.place == "moment":
            later.append((name, value, target))
        else:
            _put(bundle, question, target, value, buckets)
    for name, value, target in later:
        _put_moment(bundle, question, name, value, target)
    return question


def _by_own_name(bundle: Bundle, name: str) -> Target:
    if name in FACTS or name in bundle.own_facts:
        return Target("fact", name, "")
    if name in bundle.counters:
        return Target("counter", name, "integer")
    if name in bundle.document.x_params:
        return Target("param", name, "")
    raise PolicyError(
        "FACTS_INVALID", f"{name}: neither a key of cases nor a fact, counter or parameter of {bundle.id}"
    )


def _put(bundle: Bundle, question: Question, target: Target, value: Any, buckets: Mapping[str, str]) -> None:  # noqa: ANN401 - JSON
    match target.place:
        case "fact":
            _put_fact(question, target, value)
        case "param":
            if target.name not in bundle.document.x_params:
                raise PolicyError("FACTS_INVALID", f"{bundle.id} has no parameter {target.name}")
            question.params[target.name] = value
        case "counter":
            bucket = target.bucket if target.bucket != CURRENT else buckets.get(target.name, CURRENT)
            question.counters.append(CounterRow(target.name, bucket, value))
        case "chain":
            question.chain = {**(question.chain or {}), target.name: value}
        case "leg_before" | "leg_now":
            _put_leg(bundle, question, target, value)
        case "leg_named":
            _name_leg(bundle, question, target, value)
        case "kind":
            question.kind = EventKind(value)
        case "sequence":
            question.list_fens = list(value)
        case _:
            pass


def _put_fact(question: Question, target: Target, value: Any) -> None:  # noqa: ANN401 - JSON
    if isinstance(value, float):
        value = Fraction(str(value))
    if target.unit != 1 or target.name in question.facts:
        value = question.facts.get(target.name, 0) + value * target.unit
    question.facts[target.name] = value


def _put_leg(bundle: Bundle, question: Question, target: Target, value: Any) -> None:  # noqa: ANN401 - JSON
    if value is None:
        question.kind = EventKind.MISSING_OUT if target.place == "leg_now" else EventKind.MISSING_IN
    elif value not in bundle.leg_rules:
        question.facts[target.name] = value
    elif target.place == "leg_now":
        question.leg_group = value
    else:
        question.chain = {**(question.chain or {}), "leg_group": value}


def _name_leg(bundle: Bundle, question: Question, target: Target, value: Any) -> None:  # noqa: ANN401 - JSON
    if value not in bundle.leg_rules:
        raise PolicyError("FACTS_INVALID", f"{target.name}: {bundle.id} has no leg group {value}")
    if target.name == "leg_group":
        question.leg_group = value
    else:
        question.chain = {**(question.chain or {}), "leg_group": value}


def _put_moment(bundle: Bundle, question: Question, name: str, value: Any, target: Target) -> None:  # noqa: ANN401 - JSON
    """Give a time to the leg before where that leg is of the named group and this one is not."""
    before = (question.chain or {}).get("leg_group")
    if before != target.name or question.leg_group == target.name:
        question.facts[MOMENT_FACTS[name]] = value
        return
    told = read_facts({"time": value}).get("time")
    moment_ms = instant_s(told, bundle.document.bundle.utc_offset_min) * 1000 if told is not None else None
    question.chain = {**(question.chain or {}), **dict.fromkeys(MOMENT_FIELDS[name], moment_ms)}


def differences(answer: Answer, expect: Mapping[str, Any]) -> list[str]:
    """Compare exactly the keys that are expected; returns one text per difference."""
    found: list[str] = []
    for name, wanted in expect.items():
        if name not in EXPECT:
            found.append(f"{name}: no such key")
            continue
        got = observed(answer, name)
        if _plainly(name, got) != _plainly(name, wanted):
            found.append(f"{name}: expected {wanted}, got {got}")
    return found


def _plainly(name: str, value: Any) -> object:  # noqa: ANN401 - JSON
    if name == "funders" and isinstance(value, Mapping):
        return {funder: fen for funder, fen in value.items() if fen}
    return value or "" if name in {"voice", "reason", "prompt"} else value


def observed(answer: Answer, name: str) -> object:
    """Return what the decision says under an ``expect`` key."""
    decision = answer.decisions[-1]
    charge = decision.charge
    funders: Counter[str] = Counter()
    for share in charge.shares:
        funders[share.funder] += share.fen
    values: dict[str, object] = {
        "payer_fen": charge.payer_fen,
        "payer_fens": [one.charge.payer_fen for one in answer.decisions],
        "subsidy_fen": charge.relief_fen,
        "funders": dict(funders),
        "list_fen": charge.list_fen,
        "surcharge_fen": charge.surcharge_fen,
        "decision": decision.outcome.value,
        "reason": decision.reason,
        "voice": decision.voice,
        "prompt": decision.prompt,
        "uncertain": list(decision.uncertain),
        "exposure_fen": decision.exposure_fen,
        "month_paid_fen_after": _after(answer, "month_paid"),
    }
    return values[name]


def _after(answer: Answer, counter: str) -> int:
    """Return the counter after the last ride, in the period of the last charge that it counted."""
    effects = [effect for decision in answer.decisions for effect in decision.effects if effect.counter == counter]
    if not effects:
        return sum(row.known for row in answer.state.rows if row.counter == counter and row.bucket == CURRENT)
    bucket = effects[-1].bucket
    before = known_of(answer.state, counter, bucket)[0]
    return before + sum(effect.add for effect in effects if effect.bucket == bucket)


@frozen
class Failure:
    """A case that does not hold, and why."""

    case: str
    why: str


def check(shelf: Shelf, cases: list[Mapping[str, Any]]) -> tuple[int, list[Failure]]:
    """Run cases; returns how many passed and those that failed."""
    failures: list[Failure] = []
    for case in cases:
        name = str(case.get("id", "unnamed"))
        try:
            wrong = differences(ask(shelf, case["tariff"], case["given"]), case["expect"])
        except OneCardError as error:
            wrong = [str(error)]
        except (KeyError, TypeError, ValueError) as error:
            wrong = [f"the case cannot be read: {type(error).__name__} {error}"]
        if wrong:
            failures.append(Failure(name, "; ".join(wrong)))
    return len(cases) - len(failures), failures
