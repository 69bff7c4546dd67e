"""What ``authorize`` says of a registered code in the place of a card: what the tariff allows, and how often."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from edge.domain.authorize import authorize
from edge.domain.decision import Approved, Declined, Reason
from edge.domain.holder import Holder
from edge.domain.meals.sale import Sale
from edge.domain.media_manual import CODE_PIN, ManualFacts, ManualSnapshot
from edge.domain.policy import Policy, State
from edge.domain.shown import MediumFacts, scheme_of
from edge.domain.tap import Place
from edge.domain.tariff.bundle import build_bundle
from tests.domain.canteen import LUNCH_MS, PERSON, RESIDENT, canteen
from tests.domain.samples import tap_of

SALE: Final = Sale(1, LUNCH_MS, "s1", unit_fen=1500)
KNOWN: Final = ManualFacts("cash", CODE_PIN, PERSON, b"", 0, 0)
ELDER: Final = State(holder=Holder(PERSON, RESIDENT))


def policy(**by_hand: Any) -> Policy:  # noqa: ANN401 - members of x_by_hand
    """Return the canteen's policy; without members it says nothing of meals by hand."""
    return Policy(7, (build_bundle({**canteen(), **({"x_by_hand": by_hand} if by_hand else {})}),))


def manual(**facts: Any) -> ManualSnapshot:  # noqa: ANN401 - any fact
    """Return a registered code whose PIN was right."""
    return ManualSnapshot(b"code of an elder", replace(KNOWN, **facts))


CASH: Final = policy(pays="cash", person_day_max=2, till_day_max=5)
FOR_OTHERS: Final = replace(SALE, proxy=b"one who collects", diner=b"somebody else's.")
DECLINED: dict[str, tuple[Reason, ManualSnapshot, Policy, State, Sale]] = {
    "a tariff that says nothing of it": (Reason.BY_HAND_OFF, manual(), policy(), ELDER, SALE),
    "a tariff that says nothing, and nothing that pays": (Reason.BY_HAND_OFF, manual(pays=""), policy(), ELDER, SALE),
    "another means than the tariff's": (Reason.BY_HAND_OFF, manual(pays="account"), CASH, ELDER, SALE),
    "the person's last meal of the day is taken": (Reason.BY_HAND_LIMIT, manual(person_today=2), CASH, ELDER, SALE),
    "the till's last meal of the day is taken": (Reason.BY_HAND_LIMIT, manual(till_today=5), CASH, ELDER, SALE),
    "a code that is on the deny list": (Reason.DENY_LISTED, manual(), CASH, replace(ELDER, listed=True), SALE),
    "a relative who collects for somebody else": (Reason.NOT_THE_DINER, manual(), CASH, ELDER, FOR_OTHERS),
    "a relative, and nobody known": (Reason.NOT_THE_DINER, manual(), CASH, State(), FOR_OTHERS),
    "too much unsent money": (Reason.OFFLINE_LIMIT, manual(), CASH, replace(ELDER, unsent_fen=100_000_000), SALE),
}


@pytest.mark.parametrize(("reason", "medium", "rules", "state", "sale"), DECLINED.values(), ids=DECLINED.keys())
def test_declines(reason: Reason, medium: ManualSnapshot, rules: Policy, state: State, sale: Sale) -> None:
    decision = authorize(at_till(medium, sale), rules, state)
    assert isinstance(decision, Declined)
    assert (decision.reason, decision.explanation[-1].applied) == (reason, False)


def at_till(medium: ManualSnapshot, sale: Sale | None = SALE) -> Any:  # noqa: ANN401 - a tap
    """Return the tap of a meal by hand."""
    return replace(tap_of(), medium=medium, time_ms=LUNCH_MS, sale=sale, place=Place("till", "4520", "shibei-canteen"))


def test_a_ride_is_never_paid_by_hand() -> None:
    decision = authorize(at_till(manual(), None), CASH, ELDER)
    assert isinstance(decision, Declined)
    assert decision.reason is Reason.BY_HAND_OFF


@pytest.mark.parametrize(
    "facts", [{}, {"person_today": 1}, {"till_today": 4}], ids=["first", "second", "the till's last"]
)
def test_a_meal_by_hand_costs_what_it_costs_by_card(facts: dict[str, int]) -> None:
    decision = authorize(at_till(manual(**facts)), CASH, ELDER)
    assert isinstance(decision, Approved)
    assert (decision.charge.payer_fen, decision.charge.total_fen) == (1100, 1500)
    assert {effect.subject for effect in decision.pricing.effects} == {PERSON}


@pytest.mark.parametrize("pays", ["cash", "account"])
def test_what_pays_names_from_whom_the_payers_part_is_receivable(pays: str) -> None:
    assert scheme_of(manual(pays=pays)) == pays
    assert MediumFacts(manual=manual(pays=pays).facts()).snapshot().family.value == "manual"
