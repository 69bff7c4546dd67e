"""Every published case is priced to the fen by the shipped bundles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edge.tariff_authoring.cases import ask, check, differences
from edge.tariff_authoring.shelf import Shelf

VECTORS = Path(__file__).parents[1] / "vectors" / "fares"
CASES: list[dict[str, Any]] = [
    case for name in ("priced.json", "edges.json") for case in json.loads((VECTORS / name).read_text("utf-8"))["cases"]
]
SHELF = Shelf()


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_shipped_bundle_prices_this_case(case: dict[str, Any]) -> None:
    assert differences(ask(SHELF, case["tariff"], case["given"]), case["expect"]) == []


def test_every_answer_conserves_money_and_says_why() -> None:
    for case in CASES:
        for decision in ask(SHELF, case["tariff"], case["given"]).decisions:
            charge = decision.charge
            assert (
                charge.payer_fen + sum(share.fen for share in charge.shares) == charge.list_fen + charge.surcharge_fen
            )
            assert decision.lines


def test_a_wrong_expectation_is_seen() -> None:
    case = {**CASES[0], "expect": {"payer_fen": 1}}
    assert [failure.case for failure in check(SHELF, [case])[1]] == [CASES[0]["id"]]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"list_fen": 100, "surprise": 1}, "surprise"),
        ({"list_fen": "100"}, "list_fen"),
        ({"list_fen": -1}, "list_fen"),
        ({"list_fen": 100, "age": 200}, "age"),
        ({"list_fen": 100, "pct": 50}, "pct"),
        ({"list_fen": 100, "birth": "1960-02-30"}, "birth"),
        ({"list_fen": 100, "leg_group": "tram"}, "leg_group"),
    ],
    ids=[
        "an unknown key",
        "text for a number",
        "a negative price",
        "an age no one has",
        "no parameter",
        "no such day",
        "no such legs",
    ],
)
def test_a_given_out_of_range_fails_with_its_key_instead_of_a_price(given: dict[str, Any], why: str) -> None:
    case = {"id": "bad", "tariff": "qd-metro-2021", "given": given, "expect": {"payer_fen": 100}}
    passed, failures = check(SHELF, [case])
    assert passed == 0
    assert why in failures[0].why
