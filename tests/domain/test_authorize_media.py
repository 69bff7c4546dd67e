"""What ``authorize`` says of media that need no write: each check declines for its own reason, and says so."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any, Final

import pytest

from edge.domain.authorize import authorize
from edge.domain.decision import Approved, Declined, Reason
from edge.domain.holder import Debt
from edge.domain.limits import DebtRule, Limits
from edge.domain.medium import BankCardSnapshot, CodeSnapshot, IdentitySnapshot
from edge.domain.policy import LastTap, Policy, State
from edge.domain.tariff.bundle import build_bundle
from edge.domain.tariff.flat import flat_tree
from tests.domain.media_samples import bank_card, code, identity, signed
from tests.domain.samples import NOON_MS, POLICY, tap_of

Medium = BankCardSnapshot | CodeSnapshot | IdentitySnapshot

FARE_FEN: Final = 100
ALL: Final = Policy(7, (build_bundle(flat_tree("all", FARE_FEN, also=("bank_card", "code"))),))
"""One yuan, whatever it is paid with."""
PURSES: Final = POLICY
FREE: Final = Policy(7, (build_bundle(flat_tree("free", 0)),))
NO_MEDIA: Final = Policy(7, (build_bundle({**flat_tree("any", FARE_FEN), "fare_media": []}),))


def last(time_ms: int = NOON_MS - 3_600_000, counter: int = 0) -> State:
    """Return the state of a medium that was accepted here before."""
    return State(last=LastTap(time_ms, FARE_FEN, counter))


FRESH = State()
DECLINED: dict[str, tuple[Reason, Medium, Policy, State]] = {
    "a terminal that is stopped": (Reason.STORE_FULL, bank_card(), ALL, State(stop="store_full")),
    "a signature that does not hold": (
        Reason.NOT_AUTHENTIC, bank_card(refusal="dynamic_signature.hash"), ALL, FRESH
    ),
    "a card that offers no authentication": (Reason.NOT_AUTHENTIC, bank_card(refusal="exchange.method"), ALL, FRESH),
    "a CA key that nobody gave": (Reason.ISSUER_UNKNOWN, bank_card(refusal="ca_key.unknown"), ALL, FRESH),
    "a certificate that has ended": (Reason.EXPIRED, bank_card(refusal="card_certificate.expired"), ALL, FRESH),
    "a bank card in another currency": (
        Reason.FOREIGN_CURRENCY, bank_card(currency="0840", currency_fits=False), ALL, FRESH
    ),
    "a card that refuses": (Reason.CARD_REFUSES, bank_card(rounds=signed(5, kind="AAC")), ALL, FRESH),
    "a cryptogram of no known type": (Reason.NOT_AUTHENTIC, bank_card(rounds=signed(5, kind="RFU")), ALL, FRESH),
    "a card without a cryptogram": (Reason.NOT_AUTHENTIC, bank_card(rounds=()), ALL, FRESH),
    "a counter that never moved": (Reason.NOT_AUTHENTIC, bank_card(rounds=signed(0)), ALL, FRESH),
    "a bank card that starts tomorrow": (Reason.NOT_YET_VALID, bank_card(valid_from="20260602"), ALL, FRESH),
    "a bank card that ended yesterday": (Reason.EXPIRED, bank_card(valid_until="20260531"), ALL, FRESH),
    "a bank card that wants a PIN": (Reason.HOLDER_CHECK, bank_card(holder_check="pin"), ALL, FRESH),
    "an amount above the floor": (Reason.ABOVE_FLOOR, bank_card(over_floor=True), ALL, FRESH),
    "a tariff for purses alone": (Reason.MEDIUM_NOT_SERVED, bank_card(), PURSES, FRESH),
    "a denied bank card": (Reason.DENY_LISTED, bank_card(), ALL, State(listed=True)),
    "the same cryptogram again": (Reason.COUNTER_REGRESSED, bank_card(), ALL, last(counter=17)),
    "an older cryptogram": (Reason.COUNTER_REGRESSED, bank_card(), ALL, last(counter=18)),
    "too much unsent money": (Reason.OFFLINE_LIMIT, bank_card(), ALL, State(unsent_fen=100_000_000)),
    "another amount than the fare, signed": (Reason.AMOUNT_INVALID, bank_card(rounds=signed(1, 1, 99)), ALL, FRESH),
    "a code whose signature does not hold": (Reason.NOT_AUTHENTIC, code(refusal="user.signature"), ALL, FRESH),
    "a code of an unknown root": (Reason.ISSUER_UNKNOWN, code(refusal="root_key.unknown"), ALL, FRESH),
    "a code made too far ahead": (Reason.CODE_FROM_FUTURE, code(made_ms=NOON_MS + 120_001), ALL, FRESH),
    "a code that starts in a moment": (Reason.NOT_YET_VALID, code(valid_from_ms=NOON_MS + 1), ALL, FRESH),
    "a code that ended a moment ago": (Reason.CODE_EXPIRED, code(valid_until_ms=NOON_MS - 1), ALL, FRESH),
    "a code of another city": (Reason.MEDIUM_NOT_SERVED, code(local=False), NO_MEDIA, FRESH),
    "a code where purses alone are served": (Reason.MEDIUM_NOT_SERVED, code(), PURSES, FRESH),
    "a denied account": (Reason.DENY_LISTED, code(), ALL, State(listed=True)),
    "a ticket that was issued in stock and has paid": (
        Reason.CODE_USED,
        code(in_stock=True),
        ALL,
        State(code_used=True),
    ),
    "a code that has paid": (Reason.CODE_USED, code(), ALL, State(code_used=True)),
    "a second code made before the first one paid": (Reason.CODE_USED, code(), ALL, last(NOON_MS - 4_000)),
    "a fare one fen above the code's limit": (Reason.ABOVE_CODE_LIMIT, code(amount_max_fen=99), ALL, FRESH),
    "an identity that starts tomorrow": (Reason.NOT_YET_VALID, identity(valid_from="20260602"), FREE, FRESH),
    "an identity that ended yesterday": (Reason.EXPIRED, identity(valid_until="20260531"), FREE, FRESH),
    "an identity before a fare": (Reason.IDENTITY_ONLY, identity(), ALL, FRESH),
}  # fmt: skip


@pytest.mark.parametrize(("reason", "medium", "rules", "state"), DECLINED.values(), ids=DECLINED)
def test_declines(reason: Reason, medium: Medium, rules: Policy, state: State) -> None:
    decision = authorize(replace(tap_of(), medium=medium), rules, state)
    assert isinstance(decision, Declined)
    assert decision.reason is reason
    assert not decision.explanation[-1].applied
    assert all(line.applied for line in decision.explanation[:-1])


APPROVED: dict[str, tuple[int, Medium, Policy, State]] = {
    "a bank card that signed a nominal amount": (FARE_FEN, bank_card(), ALL, FRESH),
    "a bank card in the terminal's currency": (FARE_FEN, bank_card(currency="0156", currency_fits=True), ALL, FRESH),
    "a bank card that signed the fare": (FARE_FEN, bank_card(rounds=signed(1, 1, FARE_FEN)), ALL, FRESH),
    "a bank card that approved offline": (FARE_FEN, bank_card(rounds=signed(1, kind="TC")), ALL, FRESH),
    "a bank card that is not yet asked for the fare": (FARE_FEN, bank_card(exact_due=True), ALL, FRESH),
    "a bank card that states no dates": (FARE_FEN, bank_card(valid_from="", valid_until=""), ALL, FRESH),
    "a bank card on its first and last day": (
        FARE_FEN, bank_card(valid_from="20260601", valid_until="20260601"), ALL, FRESH
    ),
    "a counter that has risen by one": (FARE_FEN, bank_card(), ALL, last(counter=16)),
    "a bank card where the tariff names no media": (FARE_FEN, bank_card(), NO_MEDIA, FRESH),
    "a code inside its minute": (FARE_FEN, code(), ALL, FRESH),
    "a code of a phone that is two minutes fast": (FARE_FEN, code(made_ms=NOON_MS + 120_000), ALL, FRESH),
    "a code at its last moment": (FARE_FEN, code(valid_until_ms=NOON_MS), ALL, FRESH),
    "a code limited to the fare": (FARE_FEN, code(amount_max_fen=FARE_FEN), ALL, FRESH),
    "a code without a limit": (FARE_FEN, code(amount_max_fen=None), ALL, FRESH),
    "a free ride with a code that may pay nothing": (
        0, code(amount_max_fen=0), Policy(7, (build_bundle(flat_tree("free", 0, also=["code"])),)), FRESH
    ),
    "a code made after the last one paid": (FARE_FEN, code(), ALL, last(NOON_MS - 6_000)),
    "a code whose account paid in a future that was a wrong clock": (FARE_FEN, code(), ALL, last(NOON_MS + 1)),
    "a second ticket of one account, issued in stock": (FARE_FEN, code(in_stock=True), ALL, last(NOON_MS - 4_000)),
    "a code for many rides, again": (FARE_FEN, code(reusable=True), ALL, replace(last(NOON_MS), code_used=True)),
    "an identity where there is nothing to pay": (0, identity(), FREE, FRESH),
    "an identity that states no end": (0, identity(valid_until=""), FREE, FRESH),
}  # fmt: skip


@pytest.mark.parametrize(("fare_fen", "medium", "rules", "state"), APPROVED.values(), ids=APPROVED)
def test_approves(fare_fen: int, medium: Medium, rules: Policy, state: State) -> None:
    decision = authorize(replace(tap_of(), medium=medium), rules, state)
    assert isinstance(decision, Approved)
    assert decision.charge.payer_fen == fare_fen
    assert all(line.applied for line in decision.explanation)


ORDER: dict[str, list[dict[str, Any]]] = {
    "bank card": [
        {"refusal": "dynamic_signature.hash"},
        {"currency": "0840", "currency_fits": False},
        {"rounds": signed(5, kind="AAC")},
        {"valid_from": "20270101"},
        {"valid_until": "20250101"},
        {"holder_check": "pin"},
        {"over_floor": True},
    ],
    "code": [
        {"refusal": "user.signature"},
        {"made_ms": NOON_MS + 200_000},
        {"valid_from_ms": NOON_MS + 1},
        {"valid_until_ms": NOON_MS - 1},
        {"local": False},
        {"amount_max_fen": 1},
    ],
}


@pytest.mark.parametrize(
    ("family", "earlier", "later"),
    [(name, a, b) for name, facts in ORDER.items() for a, b in itertools.combinations(range(len(facts)), 2)],
)
def test_the_earlier_check_gives_the_reason(family: str, earlier: int, later: int) -> None:
    sample, facts = bank_card if family == "bank card" else code, ORDER[family]
    alone = authorize(replace(tap_of(), medium=sample(**facts[earlier])), NO_MEDIA, FRESH)
    both = authorize(replace(tap_of(), medium=sample(**{**facts[later], **facts[earlier]})), NO_MEDIA, FRESH)
    assert isinstance(alone, Declined)
    assert isinstance(both, Declined)
    assert both.reason is alone.reason


OWING: Final = State(debt=Debt(300, NOON_MS - 86_400_000, "a tap of May"))
RECOVER: Final = replace(ALL, limits=Limits(debt=DebtRule.RECOVER))


def test_a_bank_card_signs_its_debt_with_the_fare() -> None:
    identified = authorize(replace(tap_of(), medium=bank_card(exact_due=True)), RECOVER, OWING)
    assert isinstance(identified, Approved)
    assert identified.charge.payer_fen == FARE_FEN + 300
    exact = bank_card(rounds=signed(17, 1, FARE_FEN + 300))
    assert authorize(replace(tap_of(), medium=exact), RECOVER, OWING) == identified
    fare_alone = authorize(replace(tap_of(), medium=bank_card(rounds=signed(17, 1, FARE_FEN))), RECOVER, OWING)
    assert isinstance(fare_alone, Declined)
    assert fare_alone.reason is Reason.AMOUNT_INVALID


def test_the_exact_fault_of_a_chain_is_in_the_explanation() -> None:
    decision = authorize(replace(tap_of(), medium=bank_card(refusal="card_certificate.trailer")), ALL, FRESH)
    assert decision.explanation[-1].reason == "card_certificate.trailer"
