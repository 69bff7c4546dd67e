"""What guards find is told to staff in words, with what to do next; the diner's screen is told nothing of it."""

from __future__ import annotations

import json
import tomllib
from dataclasses import fields
from typing import Final

import pytest

from edge.domain.meals.guards import MealGuards
from edge.till.diner import diner_view
from edge.wiring_till import PAGES
from tests.till.pictured_states import IDLE, PAID, refused

GUARDS: Final = {field.name for field in fields(MealGuards)}
TEXTS: Final = tomllib.loads((PAGES / "texts.toml").read_text("utf-8"))


@pytest.mark.parametrize("table", ["flagged", "guard_next"])
def test_every_guard_has_words_in_both_languages(table: str) -> None:
    assert TEXTS[table].keys() == GUARDS
    assert all(words["zh"] and words["en"] for words in TEXTS[table].values())


def test_a_flagged_diner_sees_what_every_diner_sees() -> None:
    flagged = diner_view({**IDLE, "outcome": {**PAID, "flags": ["repeat"]}})
    assert flagged == diner_view({**IDLE, "outcome": {**PAID, "flags": []}})


def test_a_refused_diner_is_asked_to_wait_and_told_no_reason() -> None:
    view = diner_view({**IDLE, "outcome": {**refused("meal_guard"), "flags": ["repeat"]}})
    assert (view["screen"], view["prompt"]) == ("refused", "meal_guard")
    assert "repeat" not in json.dumps(view)
