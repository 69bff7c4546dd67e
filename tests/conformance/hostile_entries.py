"""Entries that a terminal with a sound key could sign and no terminal of ours writes: each must block nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from edge.domain.charge import Charge, Share
from edge.domain.entry import Remark
from edge.domain.lease import RETURNED_SUBJECT
from edge.domain.pricing import NOT_PRICED
from edge.domain.tap import Place
from edge.domain.tariff.state import Effect
from tests.sync.builders import INTENT, PAID, Ledger

FAR = 2**64 - 1
"""The largest number on the wire: no engine holds it."""


def _returning(counter: str, serial: int) -> Remark:
    pairs = (("holder", "ab" * 16), ("counter", counter), ("bucket", "2026"), ("serial", str(serial)))
    return Remark(RETURNED_SUBJECT, pairs)


def _shared(ledger: Ledger, funder: str, count: int) -> int:
    shares = tuple(Share(funder, 0, "") for _ in range(count))
    return ledger.add(replace(PAID, charge=Charge(150, 0, 150, shares)), tap=7)


SET_ASIDE: dict[str, Callable[[Ledger], object]] = {
    "a note on the last number there is": lambda ledger: ledger.add(Remark("x", ()), ref_seq=FAR),
    "a note on itself": lambda ledger: ledger.add(Remark("x", ()), ref_seq=ledger.last + 1),
    "a note of an edition that nobody can hold": lambda ledger: ledger.add(Remark("x", ()), edition=FAR),
    "a time that nobody can hold": lambda ledger: ledger.add(Remark("x", ()), time_ms=FAR),
    "a family with a zero character": lambda ledger: ledger.add(replace(INTENT, family="purse\0"), tap=7),
    "an operator with a zero character": lambda ledger: ledger.add(
        replace(INTENT, place=Place("bus", "4520", "bus\0")), tap=7
    ),
    "a funder with a zero character": lambda ledger: _shared(ledger, "district\0", 1),
    "a scheme with a zero character": lambda ledger: ledger.add(replace(PAID, scheme="union\0pay"), tap=7),
    "a counter with a zero character": lambda ledger: ledger.add(
        replace(PAID, pricing=replace(NOT_PRICED, effects=(Effect("a\0", "b", 1, "r", b"s"),))), tap=7
    ),
}
"""What is set aside."""

KEPT: dict[str, Callable[[Ledger], object]] = {
    "a lease given back with a number that nobody can hold": lambda ledger: ledger.add(_returning("meal", FAR)),
    "a lease given back of a counter with a zero character": lambda ledger: ledger.add(_returning("meal\0", 1)),
    "more funders than one statement takes values": lambda ledger: [_shared(ledger, "d", 700) for _ in range(20)],
}
"""What is kept as it is and tells nothing beyond its words."""
