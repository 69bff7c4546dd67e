"""Every rule kind, found by existing, keeps the contract: total, deterministic, never negative, conserving."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain.tariff import rules
from edge.domain.tariff.bundle import Bundle, build_bundle
from edge.domain.tariff.facts import read_facts
from edge.domain.tariff.reading import Reading
from edge.domain.tariff.rules import Ask, Operation, kinds
from edge.domain.tariff.scene import Lookup, Scene
from edge.domain.tariff.state import CounterRow, CounterState
from tests.tariff.city import CITY, plain, ride

SAMPLES: dict[str, list[dict[str, Any]]] = {
    "amount_off": [{"fen": 0}, {"fen": 150}, {"fen": 10_000}],
    "bands": [{"by": "km", "bands": [[1, 200], ["2.5", 400]], "upper": "inclusive", "beyond": 100}],
    "cap_by_counter": [{"counter": "month_paid", "fen": 1000}, {"counter": "month_paid", "fen": 0}],
    "cap_price": [{"fen": 1}, {"fen": 100_000}],
    "pay_difference": [{}],
    "percent": [
        {"percent": 0, "round": {"mode": "down"}},
        {"percent": "33.3", "round": {"mode": "half_up", "to": 5}},
        {"percent": 99, "round": {"mode": "up", "to": 100}},
    ],
    "percent_by": [
        {"counter": "month_paid", "steps": [[0, 90], [500, 0], [900, 90]], "round": {"mode": "up", "to": 10}}
    ],
    "price_of": [{"product": "km"}],
    "relief_percent": [{"percent": 25, "max": 300}, {"percent": 100}],
    "transfer_product": [{}, {"product": "km", "alone": True}],
    "set": [{"fen": 0}, {"fen": 250}],
}
"""Settings to try per kind; a kind without a sample fails the first test."""

PAIRS = [(kind, settings) for kind, samples in SAMPLES.items() for settings in samples]


def test_every_kind_that_is_found_has_samples() -> None:
    assert set(kinds()) == set(SAMPLES)


def operation(kind: str, settings: dict[str, Any]) -> Operation:
    return Operation.from_plain(Reading({}), {"kind": kind, **settings}, "op")


def question(price_fen: int, list_fen: int, counter: int, paid: int, km: int | None) -> Ask:
    lookup = Lookup({}, {}, {}, {}, "mar_1")
    facts = read_facts({} if km is None else {"km": km})
    scene = Scene(facts, lookup, None, None, (None, None))
    return Ask(price_fen, list_fen, scene, lambda _: counter, lambda _: list_fen // 2, lambda fen: fen, paid, list_fen)


@pytest.mark.parametrize(("kind", "settings"), PAIRS, ids=[f"{kind} {settings}" for kind, settings in PAIRS])
@settings(max_examples=30, deadline=None)
@given(
    list_fen=st.integers(0, 20_000),
    part=st.integers(0, 100),
    counter=st.integers(0, 50_000),
    paid=st.integers(0, 20_000),
    km=st.none() | st.integers(0, 50),
)
def test_a_rule_is_total_deterministic_and_never_negative(
    kind: str, settings: dict[str, Any], list_fen: int, part: int, counter: int, paid: int, km: int | None
) -> None:
    op = operation(kind, settings)
    price_fen = list_fen * part // 100
    answers = [op.price(question(price_fen, list_fen, counter, paid, km)) for _ in range(2)]
    assert answers[0] == answers[1]
    assert isinstance(answers[0], str) or (type(answers[0]) is int and answers[0] >= 0)


@cache
def bundle_with(number: int) -> Bundle:
    kind, settings = PAIRS[number]
    row = {"id": "tried", "stage": "promotion", "op": {"kind": kind, **settings}, "funder": "bank"}
    return build_bundle(plain(CITY, x_adjustments=[row], x_caps=[]))


@pytest.mark.parametrize(("kind", "settings"), PAIRS, ids=[f"{kind} {settings}" for kind, settings in PAIRS])
@settings(max_examples=30, deadline=None)
@given(list_fen=st.integers(0, 20_000), counter=st.integers(0, 50_000))
def test_inside_the_engine_a_rule_conserves_and_never_raises(
    kind: str, settings: dict[str, Any], list_fen: int, counter: int
) -> None:
    bundle = bundle_with(PAIRS.index((kind, settings)))
    state = CounterState((CounterRow("month_paid", "*", counter),))
    charge = ride({"list_fen": list_fen, "distance_m": 1, "km": 1}, bundle=bundle, state=state).charge
    assert charge.payer_fen + charge.relief_fen == charge.list_fen
    assert 0 <= charge.payer_fen <= list_fen


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_a_rule_that_reads_a_counter_names_it_and_its_breakpoints(kind: str) -> None:
    op = operation(kind, SAMPLES[kind][0])
    assert bool(op.counters()) == (kind in {"percent_by", "cap_by_counter"})
    assert bool(op.breakpoints()) == bool(op.counters())


def test_two_files_cannot_claim_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Twin(Operation):
        """Claims a name that is taken."""

        KIND: ClassVar[str] = "set"

    monkeypatch.setattr("edge.domain.tariff.rules.amount_off.Twin", Twin, raising=False)
    rules.kinds.cache_clear()
    with pytest.raises(ValueError, match="two rule kinds"):
        kinds()
    monkeypatch.undo()
    rules.kinds.cache_clear()
    assert "set" in kinds()
