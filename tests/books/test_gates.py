"""What a gate takes where rides are priced by both their taps: nothing, but of a purse on its way out."""

from __future__ import annotations

from typing import Final

import pytest

from edge.domain.authorize import authorize
from edge.domain.decision import Approved
from edge.domain.entry import Intent, PaidTap
from edge.domain.policy import Policy, State
from edge.domain.replay import tap_of
from edge.domain.tap import Place
from tests.books.town import BUNDLE, LONE_FEN, OPERATOR, Device, Medium
from tests.sync.builders import NOON_MS, TERMINAL_KEY

TAKEN: Final = {
    ("in", "bank_card"): 0,
    ("out", "bank_card"): 0,
    ("in", "code"): 0,
    ("out", "code"): 0,
    ("in", "purse"): 0,
    ("out", "purse"): LONE_FEN,
}


@pytest.mark.parametrize(("gate", "family"), TAKEN, ids=lambda word: word)
def test_a_gate_takes_only_what_no_later_bill_could(gate: str, family: str) -> None:
    place = Place("metro", "4520", OPERATOR, station="S1", gate=gate)
    device = Device("G-1", place, TERMINAL_KEY, epoch=1, head=b"h" * 32)
    entry = device.offer(Medium(family, b"\5" * 16), NOON_MS)
    body = entry.body
    assert isinstance(body, Intent | PaidTap)
    decision = authorize(tap_of(entry, body, body.medium.snapshot()), Policy(1, (BUNDLE,)), State())
    assert isinstance(decision, Approved)
    assert decision.charge.payer_fen == body.charge.payer_fen == TAKEN[gate, family]
