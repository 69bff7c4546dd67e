"""Postings sum to zero, and money is earned, in suspense or untouched: never two of these."""

from __future__ import annotations

import pytest

from edge.domain.debit import Verdict
from edge.domain.entry import Body, Entry, Kind, Posted, Remark, Settled, Torn, Voided
from edge.domain.ledger import fold, postings
from tests.domain.samples import entry, intent

POSTED = Posted(b"\x01\x02\x03\x04", b"\x05\x06\x07\x08", mac2_unchecked=False, balance_after_fen=4_500)
TORN = Torn("card_left")
VOIDED = Voided("counter_unchanged")
EARNED = {"payer:purse": -100, "funder:district": -50, "revenue:qingdao-bus": 150}
SUSPENDED = {"suspense:torn": 150, "unproven:purse": -150}


def settled(verdict: Verdict) -> Settled:
    return Settled(verdict, "log_record_is_ours", b"", b"", mac2_unchecked=True, free_passage=False)


def history(*steps: tuple[Kind, Body]) -> list[Entry]:
    """Return an intent at seq 1, and ``steps`` that refer to it."""
    return [
        entry(Kind.INTENT, intent()),
        *(entry(kind, body, seq, ref_seq=1) for seq, (kind, body) in enumerate(steps, 2)),
    ]


BOOKS: dict[str, tuple[list[Entry], dict[str, int]]] = {
    "an open intent moves nothing": (history(), {}),
    "a proven debit is earned": (history((Kind.POSTED, POSTED)), EARNED),
    "a debit that did not happen moves nothing": (history((Kind.VOIDED, VOIDED)), {}),
    "a torn debit is in suspense": (history((Kind.TORN, TORN)), SUSPENDED),
    "a torn debit that is proven later is earned": (
        history((Kind.TORN, TORN), (Kind.SETTLED, settled(Verdict.POSTED))),
        EARNED,
    ),
    "a torn debit that never happened leaves nothing": (
        history((Kind.TORN, TORN), (Kind.SETTLED, settled(Verdict.VOIDED))),
        {},
    ),
    "a remark moves nothing": ([entry(Kind.NOTE, Remark("started"))], {}),
}


@pytest.mark.parametrize(("entries", "balances"), BOOKS.values(), ids=BOOKS.keys())
def test_books(entries: list[Entry], balances: dict[str, int]) -> None:
    folded = fold(entries)
    assert {account: amount for account, amount in folded.items() if amount} == balances
    assert sum(folded.values()) == 0


@pytest.mark.parametrize("body", [POSTED, TORN, settled(Verdict.POSTED)], ids=["posted", "torn", "settled"])
def test_money_without_its_intent_is_refused(body: Body) -> None:
    with pytest.raises(ValueError, match="has no intent"):
        postings(entry(Kind.POSTED, body, seq=9, ref_seq=4), None)
