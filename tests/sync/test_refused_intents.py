"""An intent that the centre will not book: what belongs to it is set aside too, and its money is in suspense once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.domain.debit import Verdict as Proof
from edge.domain.entry import Settled, Torn, Voided
from sync.central.intake import Accepted
from tests.sync.builders import INTENT, POSTED, TERMS, Ledger
from tests.sync.test_intake import Held

REFUSED = replace(INTENT, debit=replace(TERMS, amount_fen=99))
"""The card was asked for another amount than the charge says."""


def refused_and(*results: object) -> Ledger:
    """Return a journal whose first intent no centre books, and what came of it."""
    ledger = Ledger()
    ledger.add(REFUSED, tap=1)
    for body in results:
        ledger.add(body, ref_seq=1, tap=1)
    return ledger


TORN_AND_PROVEN = (Torn("card_left"), Settled(Proof.POSTED, "rule", b"", b"", False, False))
CLAIMED_ONCE = {
    "its proof": ((POSTED,), 150),
    "a torn result and its settlement": (TORN_AND_PROVEN, 150),
    "a void, which claims nothing": ((Voided("counter_unchanged"),), 0),
}


@pytest.mark.parametrize(("results", "suspended"), CLAIMED_ONCE.values(), ids=CLAIMED_ONCE)
def test_money_of_a_refused_intent_is_in_suspense_once_by(results: tuple[object, ...], suspended: int) -> None:
    held = Held()
    verdict = held.receive(refused_and(*results).batch())
    assert isinstance(verdict, Accepted)
    assert [item.code for item in verdict.booked] == ["ENTRY_INVALID"] * (1 + len(results))
    assert held.results["suspense:quarantine"] == suspended
    assert sum(held.results.values()) == 0
