"""Three totals kept independently: the cards' own memory, a fold of the journal, and SQL at the centre.

A bank card and a code remember no fares: their holders do, by what the green lamp told them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from drivers.virtual.purse import PurseCard
from edge.domain.debit import Verdict
from edge.domain.entry import Entry, Intent, PaidTap, Posted, Settled
from edge.domain.frozen import frozen


@frozen
class Total:
    """Rides and fen."""

    taps: int = 0
    fen: int = 0

    def plus(self, fen: int) -> Total:
        """Return the total with one more ride."""
        return Total(self.taps + 1, self.fen + fen)


@frozen
class Row:
    """One medium: what its card or its holder says, what the journal says, what the centre says."""

    name: str
    card: Total
    journal: Total
    centre: Total

    @property
    def agrees(self) -> bool:
        """Say whether all three agree."""
        return self.card == self.journal == self.centre


def card_total(card: PurseCard) -> Total:
    """Sum up what the card itself remembers to have paid."""
    return Total(len(card.debits), sum(debit.line.amount_fen for debit in card.debits))


def journal_totals(entries: Iterable[Entry]) -> Mapping[bytes, Total]:
    """Fold the journal by token: every debit that is proven, at once or later, and every tap paid without a write."""
    intents: dict[tuple[int, int], Intent] = {}
    totals: dict[bytes, Total] = {}
    for entry in entries:
        if isinstance(entry.body, Intent):
            intents[entry.epoch, entry.seq] = entry.body
        if isinstance(entry.body, PaidTap):
            totals[entry.body.token] = totals.get(entry.body.token, Total()).plus(entry.body.charge.payer_fen)
        proven = isinstance(entry.body, Posted) or (
            isinstance(entry.body, Settled) and entry.body.verdict is Verdict.POSTED
        )
        if proven:
            intent = intents[entry.epoch, entry.ref_seq]
            totals[intent.token] = totals.get(intent.token, Total()).plus(intent.charge.payer_fen)
    return totals


def centre_totals(books: Mapping[str, Any]) -> Mapping[bytes, Total]:
    """Return what the centre's own query found, by token."""
    return {bytes.fromhex(line["token"]): Total(line["taps"], line["payer_fen"]) for line in books["by_medium"]}


def balanced(rows: Iterable[Row], books: Mapping[str, Any], strangers: int) -> bool:
    """Say whether every medium agrees, the centre's postings add up, and nobody else was charged."""
    return bool(books["balanced"]) and strangers == 0 and all(row.agrees for row in rows)


def problems(books: Mapping[str, Any], strangers: int) -> Iterable[str]:
    """Yield in words what is wrong beside the rows."""
    yield from (f"at the centre: {problem}" for problem in books["problems"])
    if strangers:
        yield f"charged without a card: {strangers} media"


def table(rows: Iterable[Row]) -> str:
    """Return the table for people."""
    head = f"{'medium':<26}{'card or holder':>16}{'in the journal':>18}{'at the centre':>18}"
    lines = [head, "-" * len(head)]
    for row in rows:
        cells = [f"{total.taps:>3} / {total.fen:>5} fen" for total in (row.card, row.journal, row.centre)]
        mark = "" if row.agrees else "  DIFFERS"
        lines.append(f"{row.name:<26}{cells[0]:>16}{cells[1]:>18}{cells[2]:>18}{mark}")
    return "\n".join(lines)
