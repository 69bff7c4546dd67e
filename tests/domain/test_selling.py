"""What a meal sale costs: the diner's own meal by the programme, everything beside it at its list price."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from edge.domain.authorize import authorize
from edge.domain.claimed import claims_of
from edge.domain.decision import Approved
from edge.domain.entry import Entry, Kind
from edge.domain.holder import Claim, Holder
from edge.domain.meals.menu import MenuItem, Menus, menus_of, offered, session_at
from edge.domain.meals.sale import Sale
from edge.domain.policy import Policy, State
from edge.domain.tap import Place, Tap, TapId, TerminalId, TimeQuality, Token
from edge.domain.tariff.bundle import build_bundle
from edge.domain.tariff.state import CounterRow
from tests.domain.canteen import LUNCH_MS, PERSON, RESIDENT, canteen
from tests.domain.samples import entry, intent
from tests.tariff.paper_line import purse

BUNDLE: Final = build_bundle(canteen())
POLICY: Final = Policy(1, (BUNDLE,))
ELDER: Final = Holder(PERSON, RESIDENT, version=3)
SALE: Final = Sale(1, LUNCH_MS, "s1", unit_fen=1500)
"""A meal of fifteen yuan."""


def sold(sale: Sale, holder: Holder | None = ELDER, **facts: Any) -> Approved:  # noqa: ANN401 - any field of a state
    place = Place("till", "4520", "shibei-canteen")
    tap = Tap(
        TapId(bytes(8)), TerminalId("till-1"), place, LUNCH_MS, TimeQuality.TRUSTED, Token(bytes(16)), purse(1), sale
    )
    decision = authorize(tap, POLICY, State(holder=holder, **facts))
    assert isinstance(decision, Approved), decision
    return decision


CASES: Final[dict[str, tuple[dict[str, Any], Holder | None, int, dict[str, int]]]] = {
    "an elder's lunch is relieved by the district": ({}, ELDER, 1100, {"district": 400}),
    "a set meal has the price of the bundle": ({"unit_fen": 0, "menu": "set_a"}, ELDER, 800, {"district": 400}),
    "nobody whom no list knows is relieved": ({}, None, 1500, {}),
    "further meals have their list price": ({"quantity": 3}, ELDER, 4100, {"district": 400}),
    "a guest's meal has its list price": ({"party": "guest"}, ELDER, 1500, {}),
    "a companion's meal has its list price": ({"party": "companion"}, ELDER, 1500, {}),
    "a staff meal has its list price": ({"party": "staff"}, ELDER, 1500, {}),
    "a delivery stands beside the meal": (
        {"delivery_m": 1000, "delivery_fen": 300},
        replace(ELDER, claims=(*ELDER.claims, Claim("dementia", "20200101"))),
        1200,
        {"district": 400, "city": 200},
    ),
    "a delivery of whom no programme serves is paid in full": (
        {"delivery_m": 1500, "delivery_fen": 300},
        ELDER,
        1400,
        {"district": 400},
    ),
}


@pytest.mark.parametrize(("wish", "holder", "payer_fen", "funders"), CASES.values(), ids=CASES)
def test_who_pays_what(wish: dict[str, Any], holder: Holder | None, payer_fen: int, funders: dict[str, int]) -> None:
    charge = sold(replace(SALE, **wish), holder).charge
    assert (charge.payer_fen, {share.funder: share.fen for share in charge.shares}) == (payer_fen, funders)


def test_the_parts_of_a_sale_add_up_to_its_charge() -> None:
    answer = sold(replace(SALE, quantity=2, delivery_m=2000, delivery_fen=500))
    parts = answer.pricing.parts
    assert [(part.name, part.charge.list_fen) for part in parts] == [
        ("meal", 1500),
        ("further_meals", 1500),
        ("delivery", 500),
    ]
    assert sum(part.charge.payer_fen for part in parts) == answer.charge.payer_fen
    assert (answer.charge.list_fen, answer.charge.surcharge_fen) == (3000, 500)


def test_the_quota_is_told_as_an_interval_before_and_after() -> None:
    quota = next(each for each in sold(SALE).pricing.quotas if each.counter == "used_today")
    assert (quota.limit, quota.known, quota.possible, quota.added, quota.left) == (1, 0, 1, 1, (0, 0))


def test_a_used_quota_leaves_the_list_price() -> None:
    answer = sold(SALE, counters=(CounterRow("used_today", "2026-06-01", 1),))
    assert answer.charge.payer_fen == 1500
    assert answer.pricing.quotas[0].left == (0, 0)


def test_a_claim_on_the_meal_is_not_carried_by_those_who_carry_the_delivery() -> None:
    holder = replace(ELDER, claims=(*ELDER.claims, Claim("dementia", "20200101")))
    answer = sold(replace(SALE, delivery_m=1000, delivery_fen=300), holder)
    found = {claim.counter: [share.funder for share in claim.shares] for claim in claims_of(entry_of(answer))}
    assert found == {"used_today": ["district"], "delivered_today": ["city"]}


def entry_of(answer: Approved) -> Entry:
    body = replace(intent(), charge=answer.charge, pricing=answer.pricing, explanation=answer.explanation)
    return entry(Kind.INTENT, body)


def test_the_session_and_the_set_meals_are_the_bundles() -> None:
    assert session_at(BUNDLE, LUNCH_MS) == "lunch"
    assert session_at(BUNDLE, LUNCH_MS + 3 * 3_600_000) == ""
    assert menus_of(BUNDLE) == (("set_a", 1200), ("set_b", 1800))


MENUS: Final = Menus(
    (
        MenuItem("set_b", "乙套餐", "Set B", ("lunch",)),
        MenuItem("set_z", "丁套餐", "Set Z"),
        MenuItem("set_a", "甲套餐", "Set A"),
    )
)


@pytest.mark.parametrize(
    ("menus", "session", "shown"),
    [
        pytest.param(None, "lunch", (("set_a", 1200), ("set_b", 1800)), id="without menus, every set meal"),
        pytest.param(MENUS, "lunch", (("set_b", 1800), ("set_a", 1200)), id="in the order of the menus"),
        pytest.param(MENUS, "dinner", (("set_a", 1200),), id="what is for this session"),
        pytest.param(Menus(()), "lunch", (), id="nothing, where the menus name nothing"),
    ],
)
def test_what_is_offered_is_named_by_the_menus_and_priced_by_the_tariff(
    menus: Menus | None, session: str, shown: tuple[tuple[str, int], ...]
) -> None:
    assert offered(BUNDLE, menus, session) == shown


WRONG: Final[dict[str, dict[str, Any]]] = {
    "no price": {"unit_fen": 0},
    "two prices": {"menu": "set_a"},
    "an unknown party": {"party": "mayor"},
    "no meal": {"quantity": 0},
    "a feast": {"quantity": 21},
    "a fee for nothing": {"delivery_fen": 200},
    "a delivery to the moon": {"delivery_m": 384_400_000},
}


@pytest.mark.parametrize("wish", WRONG.values(), ids=WRONG)
def test_a_sale_that_no_till_can_mean_is_refused(wish: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        replace(SALE, **wish)
