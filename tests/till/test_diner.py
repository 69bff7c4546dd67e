"""What the diner's screen may tell bystanders: the same shape for everybody, and no word of who it is."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from edge.till.diner import diner_view

OUTCOME: Final[dict[str, Any]] = {
    "accepted": True,
    "tap": "00",
    "prompt": "accepted",
    "payer_fen": 1100,
    "balance_fen": 1900,
    "time_ms": 0,
    "sale": {"quantity": 1, "party": "diner"},
    "parts": [{"name": "meal", "list_fen": 1500, "payer_fen": 1100, "funders": {"district": 400}}],
    "left": [0, 1],
    "uncertain": True,
    "surety": "elsewhere_site",
}
PEOPLE: Final[dict[str, dict[str, Any]]] = {
    "an elder": {},
    "somebody in hardship": {"parts": [{"list_fen": 1500, "payer_fen": 100, "funders": {"city": 1400}}]},
    "somebody with a care bed": {"parts": [{"list_fen": 1500, "payer_fen": 750, "funders": {"bed": 750}}]},
    "a guest": {"sale": {"quantity": 1, "party": "guest"}, "parts": [{"list_fen": 1500, "funders": {}}]},
    "somebody whom nobody knows": {"left": None},
    "somebody charged by a code": {"balance_fen": -1},
}
WORDS: Final = (
    "district",
    "city",
    "bed",
    "guest",
    "diner",
    "hardship",
    "age",
    "uncertain",
    "surety",
    "elsewhere",
    "balance",
    "tap",
)


@pytest.mark.parametrize("changes", PEOPLE.values(), ids=PEOPLE)
def test_everybody_sees_the_same_picture_with_other_amounts(changes: dict[str, Any]) -> None:
    shown = diner_view({"outcome": {**OUTCOME, **changes}, "offer": None})
    assert list(shown) == list(diner_view({"outcome": OUTCOME, "offer": None}))
    assert (shown["screen"], shown["prompt"]) == ("paid", "accepted")
    assert not [word for word in WORDS if word in json.dumps(shown)]


SCREENS: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "the terminal is absent": ({"absent": True}, "away"),
    "nothing is offered": ({"outcome": None, "offer": None}, "idle"),
    "a meal is offered": (
        {"outcome": None, "offer": {"list_fen": 1500, "delivery_fen": 200, "quantity": 1}},
        "offer",
    ),
    "a card is refused": ({"outcome": {**OUTCOME, "accepted": False, "prompt": "balance_too_low"}}, "refused"),
    "a card is torn": ({"outcome": {**OUTCOME, "accepted": False, "prompt": "present_same_card"}}, "again"),
    "no staff was asked": ({"outcome": {**OUTCOME, "accepted": False, "prompt": "ask_staff"}}, "again"),
}


@pytest.mark.parametrize(("state", "screen"), SCREENS.values(), ids=SCREENS)
def test_each_state_has_its_screen(state: dict[str, Any], screen: str) -> None:
    assert diner_view(state)["screen"] == screen


def test_an_offer_shows_meal_and_delivery_together() -> None:
    offer = {"list_fen": 1500, "delivery_fen": 200, "quantity": 1}
    assert diner_view({"outcome": None, "offer": offer})["list_fen"] == 1700


def test_a_refusal_gives_way_to_the_offer_that_still_waits() -> None:
    refused = {**OUTCOME, "accepted": False, "prompt": "balance_too_low"}
    offer = {"list_fen": 1500, "delivery_fen": 0, "quantity": 1}
    assert diner_view({"outcome": refused, "offer": offer})["then"]["list_fen"] == 1500
    assert diner_view({"outcome": OUTCOME, "offer": None})["then"]["screen"] == "idle"
