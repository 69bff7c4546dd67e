"""What one entry means in money: a table of entries and their lines; every posting sums to zero."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from edge.domain.debit import Verdict
from edge.domain.decision import Charge, Share
from edge.domain.entry import Draft, Entry, Intent, Kind, PaidTap, Remark, Settled, Torn, Voided
from edge.domain.entry_bodies import Body
from edge.domain.reversal import Reversed, Way
from edge.domain.tap import TimeQuality
from sync.central.books.accounts import balances_of
from sync.central.books.postings import Part, part_of, posting_of, set_aside, tap_of
from tests.sync.builders import INTENT, NOON_MS, PAID, POSTED

PURSE: Final = ("issuer", "tunion/0000000000000000")
BANK: Final = ("issuer", "unionpay")
EARNED: Final = ("operator", "qingdao-bus")
DISTRICT: Final = ("funder", "district")
UNPROVEN: Final = ("unproven", "tunion/0000000000000000")
TORN: Final = ("suspense", "torn")
OWING: Final = replace(
    PAID, charge=Charge(150, 300, 400, (Share("district", 50, "elder"),)), pricing=replace(PAID.pricing, debt_fen=300)
)
BY_CREDIT: Final = replace(PAID, charge=Charge(150, 0, 40, (Share("district", 50, "elder"), Share("credit", 60, "A"))))


def back(way: Way) -> Reversed:
    """Return the taking back of the sample bank tap."""
    place = PAID.place.operator
    return Reversed(way, "wrong", "7", 1, PAID.family, PAID.scheme, PAID.token, place, PAID.charge, PAID.pricing)


def settled(verdict: Verdict) -> Settled:
    return Settled(verdict, "rule", b"", b"", mac2_unchecked=False, free_passage=False)


CASES: Final[dict[str, tuple[Body, Intent | PaidTap | None, dict[tuple[str, str], int]]]] = {
    "an order to debit moves nothing": (INTENT, INTENT, {}),
    "a proven debit is owed by issuer and funder": (POSTED, INTENT, {PURSE: 100, DISTRICT: 50, EARNED: -150}),
    "a bank tap is owed by its scheme": (PAID, PAID, {BANK: 100, DISTRICT: 50, EARNED: -150}),
    "a voided debit moves nothing": (Voided("counter_unchanged"), INTENT, {}),
    "a torn debit is held": (Torn("card_left"), INTENT, {UNPROVEN: 150, TORN: -150}),
    "a torn debit that is proven is earned": (
        settled(Verdict.POSTED),
        INTENT,
        {UNPROVEN: -150, TORN: 150, PURSE: 100, DISTRICT: 50, EARNED: -150},
    ),
    "a torn debit that is disproved is let go": (settled(Verdict.VOIDED), INTENT, {UNPROVEN: -150, TORN: 150}),
    "a debt paid back was earned before": (
        OWING,
        OWING,
        {BANK: 400, DISTRICT: 50, EARNED: -150, ("holder", ""): -300},
    ),
    "a credit pays a part": (BY_CREDIT, BY_CREDIT, {BANK: 40, DISTRICT: 50, ("credit", ""): 60, EARNED: -150}),
    "a sale withdrawn is asked of nobody": (back(Way.WITHDRAWN), None, {BANK: -100, DISTRICT: -50, EARNED: 150}),
    "a sale paid back in cash comes out of the drawer": (
        back(Way.CASH),
        None,
        {("cash", "BUS-1"): -100, DISTRICT: -50, EARNED: 150},
    ),
    "a sale paid back as a credit is coming to its token": (
        back(Way.CREDIT),
        None,
        {("credit", ""): -100, DISTRICT: -50, EARNED: 150},
    ),
    "a note moves nothing": (Remark("boot"), None, {}),
}


def entry(body: Body) -> Entry:
    """Return an entry of a body."""
    kind = getattr(body, "KIND", Kind.REVERSED if isinstance(body, Reversed) else Kind.NOTE)
    return Draft(kind, NOON_MS, TimeQuality.TRUSTED, 1, b"\1" * 8, 1, body).numbered("BUS-1", 1, 2)


@pytest.mark.parametrize("name", CASES)
def test_an_entry_is_posted_to_zero(name: str) -> None:
    body, charged, wanted = CASES[name]
    lines = posting_of(entry(body), charged)
    assert balances_of(lines) == wanted
    assert sum(line.fen for line in lines) == 0
    assert all(line.fen for line in lines)


def test_a_result_without_its_order_is_no_posting() -> None:
    with pytest.raises(TypeError, match="no intent"):
        posting_of(entry(POSTED), None)


def test_money_set_aside_is_held() -> None:
    assert balances_of(set_aside("unionpay", 150)) == {("unproven", "unionpay"): 150, ("suspense", "quarantine"): -150}


GATES: Final = {"": Part.RIDE, "in": Part.ENTERED, "out": Part.LEFT}


@pytest.mark.parametrize("gate", GATES)
def test_a_tap_is_what_its_gate_says(gate: str) -> None:
    assert part_of(replace(PAID, place=replace(PAID.place, gate=gate))) is GATES[gate]


def test_a_tap_whose_price_hangs_on_nothing_else_is_no_row_of_its_token() -> None:
    paid = entry(PAID)
    assert tap_of(paid, paid) is None
    at_a_gate = entry(replace(PAID, place=replace(PAID.place, gate="in")))
    found = tap_of(at_a_gate, at_a_gate)
    assert found is not None
    assert (found.subject, found.part) == (PAID.token, Part.ENTERED)
