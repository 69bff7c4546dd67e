"""Every word that an entry can hold has its Chinese and its English."""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest

import edge.explaining
from edge.domain.authorize import authorize
from edge.domain.debit import TornReason, Verdict
from edge.domain.decision import Charge, Declined, Reason
from edge.domain.entry import Kind
from edge.domain.meals.guards import MealGuards
from edge.domain.policy import State
from edge.explaining.explain import compare
from edge.explaining.words import both, known, pair
from tests.cli.terminal_folder import FARE, PRICED, draft
from tests.domain.samples import POLICY, intent, purse, tap_of
from tests.domain.test_authorize_media import APPROVED, DECLINED


def test_every_kind_has_words() -> None:
    assert known("kind") == {kind.name.lower() for kind in Kind}


def test_every_reason_has_words() -> None:
    assert known("reason") >= {*Reason, *TornReason, Verdict.POSTED, Verdict.VOIDED}


def test_every_check_has_words() -> None:
    approved = authorize(tap_of(), POLICY, State())
    short = authorize(tap_of(purse(balance_fen=0)), POLICY, State())
    rules = {line.rule for decision in (approved, short) for line in decision.explanation} - {"flat"}
    assert isinstance(short, Declined)
    assert known("rule") >= rules


def test_every_line_about_holders_has_words() -> None:
    assert known("rule") >= {"holder.claim", "holder.status", "holder.lease"}


def test_every_guard_of_meals_has_words() -> None:
    assert known("rule") >= {f"guard.{field.name}" for field in fields(MealGuards)}


def test_every_check_of_every_medium_has_words() -> None:
    decisions = [
        authorize(replace(tap_of(), medium=medium), rules, state)
        for _, medium, rules, state in (*DECLINED.values(), *APPROVED.values())
    ]
    rules = {line.rule for decision in decisions for line in decision.explanation} - {"flat"}
    assert known("rule") >= rules


def test_every_pair_of_words_is_two() -> None:
    tables = tomllib.loads((Path(edge.explaining.__path__[0]) / "words.toml").read_text("utf-8"))
    assert [key for table in tables.values() for key, words in table.items() if len(words) != 2] == []


def test_a_word_of_a_tariff_is_shown_as_it_is() -> None:
    assert both("rule", "flat-2026") == "flat-2026"
    assert pair("rule", "flat-2026") == {"zh": "flat-2026", "en": "flat-2026"}


def nowhere(_edition: int) -> None:
    """Return no policy: no edition is on this device."""


WRONG = {
    "a debit above the payer's part": ("debit_is_payer_part", Charge(100, 0, 99 + 1), 101),
}


@pytest.mark.parametrize(("name", "charge", "debited"), WRONG.values(), ids=WRONG.keys())
def test_what_does_not_agree_is_named(name: str, charge: Charge, debited: int) -> None:
    body = intent(charge, PRICED)
    odd = replace(body, debit=replace(body.debit, amount_fen=debited))
    entry = draft(Kind.INTENT, b"\x01" * 8, 0, odd).numbered("bus-07", 3, 1)
    assert name in {part.name for part in compare([entry], nowhere) if not part.agrees}


def test_a_listed_holder_who_was_let_through_does_not_agree() -> None:
    lines = (*PRICED, replace(PRICED[0], rule="lists.not_denied"))
    body = replace(intent(FARE, lines), state=State(listed=True))
    entry = draft(Kind.INTENT, b"\x01" * 8, 0, body).numbered("bus-07", 3, 1)
    assert "state_allows" in {part.name for part in compare([entry], nowhere) if not part.agrees}
