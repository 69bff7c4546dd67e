"""A recovered debt is money of its own in the books: charged with the fare, no revenue of it, posted to zero."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.domain.authorize import authorize
from edge.domain.decision import Approved
from edge.domain.entry import Intent, Kind, Posted, Torn
from edge.domain.ledger import fold
from edge.domain.limits import DebtRule
from edge.domain.policy import State
from sync.central.booking import book
from sync.wire import encode_entry
from tests.domain.risk_cases import DEBT, under
from tests.domain.samples import TERMS, entry, intent, tap_of


def recovery(**changes: object) -> Intent:
    """Return the order of a fare of one yuan with a debt of three."""
    decision = authorize(tap_of(), under(debt=DebtRule.RECOVER), State(debt=DEBT))
    assert isinstance(decision, Approved)
    terms = replace(TERMS, amount_fen=decision.charge.payer_fen)
    pricing = replace(decision.pricing, **changes)  # type: ignore[arg-type]  # fields of the pricing
    return replace(intent(decision.charge, decision.explanation), pricing=pricing, debit=terms)


POSTED = Posted(b"\x01\x02\x03\x04", b"\x05\x06\x07\x08", mac2_unchecked=False, balance_after_fen=4_200)


def test_a_recovered_debt_is_posted_apart_from_the_fare() -> None:
    balances = fold([entry(Kind.INTENT, recovery()), entry(Kind.POSTED, POSTED, 2, ref_seq=1)])
    assert dict(balances) == {"payer:purse": -400, "revenue:qingdao-bus": 100, "debt:purse": 300}


def test_a_torn_recovery_is_in_suspense_whole() -> None:
    balances = fold([entry(Kind.INTENT, recovery()), entry(Kind.TORN, Torn("card_left"), 2, ref_seq=1)])
    assert dict(balances) == {"suspense:torn": 400, "unproven:purse": -400}


def test_the_centre_books_it_the_same_way() -> None:
    entries = [entry(Kind.INTENT, recovery()), entry(Kind.POSTED, POSTED, 2, ref_seq=1)]
    booked = book([encode_entry(each) for each in entries], entries, 1, {})
    assert [item.code for item in booked] == ["", ""]
    assert sum(posting.fen for item in booked for posting in item.postings) == 0
    assert {posting.account for posting in booked[1].postings} == {"payer:purse", "revenue:qingdao-bus", "debt:purse"}


@pytest.mark.parametrize(
    "changes",
    [{"debt_fen": 301}, {"debt_fen": -1}, {"debt": ""}, {"debt_fen": 0}],
    ids=["more than the surcharge", "less than nothing", "without its reference", "a reference to nothing"],
)
def test_the_centre_sets_aside_a_debt_that_makes_no_sense(changes: dict[str, object]) -> None:
    order = entry(Kind.INTENT, recovery(**changes))
    (booked,) = book([encode_entry(order)], [order], 1, {})
    assert booked.code == "ENTRY_INVALID"


def test_a_debt_that_was_paid_back_here_is_not_asked_for_again() -> None:
    state = State(debt=DEBT, paid_back=(DEBT.reference,))
    decision = authorize(tap_of(), under(debt=DebtRule.RECOVER), state)
    assert isinstance(decision, Approved)
    assert (decision.charge.total_fen, decision.prompt) == (100, "accepted")
