"""``onecard simulate`` prints a table that an operator can read, and says how to see a failure again."""

from __future__ import annotations

import json

import pytest

from edge.cli import simulate_command
from edge.cli.main import main
from edge.simulation.town import Plan
from tests.simulation.planted.planting import Planted
from tests.simulation.planted.terminal_bugs import BUGS

SMALL = ["simulate", "--terminals", "2", "--taps", "10", "--seed", "3"]

pytestmark = pytest.mark.simulation


def test_a_small_city_balances(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(SMALL) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[0].split() == [
        "medium",
        "on",
        "the",
        "cards",
        "in",
        "the",
        "journals",
        "at",
        "the",
        "centre",
    ]
    assert told.splitlines()[-1] == "balanced: true"
    assert "byte by byte over reader, SAM and scanner lines (bank card " in told


def test_json_has_the_same_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SMALL, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["balanced"] is True
    assert told["violations"] == []
    assert sum(taps for taps, _ in told["media"]["cards"].values()) > 0


def test_a_broken_promise_is_told_with_its_story_and_its_replay(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    planted: Planted = BUGS[0]
    for owner, name, value in planted.replacements():
        monkeypatch.setattr(owner, name, value)
    assert main([*SMALL, "--explain"]) == 1
    told = capsys.readouterr().out
    assert "VIOLATION I1" in told
    assert "lamp green: accepted [card" in told
    assert told.splitlines()[-2:] == [
        "balanced: false",
        "replay: onecard simulate --terminals 2 --days 1 --taps 10 --seed 3 --explain",
    ]


def test_the_replay_names_everything_that_decides_a_run() -> None:
    plan = Plan(200, 2, 7, taps=25.0)
    assert simulate_command.replay(plan) == "onecard simulate --terminals 200 --days 2 --taps 25 --seed 7 --explain"
