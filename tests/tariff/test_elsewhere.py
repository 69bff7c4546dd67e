"""Fare systems of other cities are data only: five bundles after published rules, each with cases reckoned by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edge.cli.main import main
from edge.tariff_authoring.cases import ask, differences
from edge.tariff_authoring.shelf import Shelf
from edge.tariff_authoring.toml_files import read_bundle
from tests.tariff.city import city, ride

FOLDER = Path(__file__).parent / "elsewhere"
CASES: list[dict[str, Any]] = json.loads((FOLDER / "cases.json").read_text("utf-8"))["cases"]
SHELF = Shelf([FOLDER])


def test_the_bundles_are_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tariff", "lint", str(FOLDER)]) == 0
    assert capsys.readouterr().out == "5 bundles, 0 errors, 0 warnings\n"


@pytest.mark.parametrize("case", CASES, ids=[f"{case['tariff']}: {case['id']}" for case in CASES])
def test_the_case_costs_what_was_reckoned(case: dict[str, Any]) -> None:
    assert differences(ask(SHELF, case["tariff"], case["given"]), case["expect"]) == []


def test_a_station_called_like_a_zone_stays_in_the_zone_that_names_it() -> None:
    bundle = city(
        areas=[{"area_id": "airport", "x_places": ["A"]}, {"area_id": "centre", "x_places": ["airport", "B"]}]
    )
    surcharges = [ride({"from": place}, bundle=bundle).charge.surcharge_fen for place in ("A", "airport", "B")]
    assert surcharges == [500, 0, 0]


def test_a_condition_may_use_a_facts_other_name() -> None:
    half = {"kind": "percent", "percent": 50, "round": {"mode": "down"}}
    rows = [{"id": "half", "stage": "concession", "when": {"rider": "youth"}, "op": half}]
    bundle = city(x_facts=[{"id": "rider", "same_as": "entitlement"}], x_adjustments=rows, x_group_choice={})
    payers = [ride({word: "youth"}, bundle=bundle).charge.payer_fen for word in ("rider", "entitlement")]
    assert payers == [100, 100]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("origin,to,price\nA,B,100\n", "the first line names no column from and no column fen"),
        ("from,to,fen\nA,B,1.50\n", "line 2: '1.50' is no whole number"),
        ("from,to,fen\nA,C,150\n", "A to C: places does not name both"),
        ("from,to,fen\nA,B\n", "line 2: '' is no whole number"),
    ],
    ids=["other columns", "a decimal", "an unknown place", "a row that is too short"],
)
def test_a_matrix_file_is_refused_with_its_line(tmp_path: Path, text: str, what: str) -> None:
    table = 'fare_product_id = "p"\nx_table = { by = "od_matrix", places = ["A", "B"], file = "m.csv" }\n'
    (tmp_path / "m.csv").write_text(text, "utf-8")
    (tmp_path / "b.toml").write_text(f'[bundle]\nid = "b"\n[[fare_products]]\n{table}', "utf-8")
    assert any(what in str(problem) for problem in read_bundle(tmp_path / "b.toml").problems)
