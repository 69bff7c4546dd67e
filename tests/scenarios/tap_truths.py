"""Three truths of one card, held against each other: its own memory, the journal, and what the centre would book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from drivers.virtual.purse import PurseCard
from edge.domain.debit import Verdict
from edge.domain.entry import Entry, Intent, Posted, Settled, Torn, Voided
from edge.domain.ledger import fold
from sync.central.booking import book
from sync.wire import encode_entry
from tests.scenarios.tap_bench import FARE, Bench

POSTED: Final = "posted"
VOIDED: Final = "voided"
TORN: Final = "torn"


@dataclass(frozen=True, slots=True)
class Truths:
    """What happened to one card at this terminal.

    ``debits`` are those in the card's memory that bear our PSAM's number. ``fates`` is what the journal last says of
    each intent, in order, ``settled`` the settlements in it.
    """

    debits: int
    fates: tuple[str, ...]
    settled: tuple[Settled, ...]

    @property
    def suspense_fen(self) -> int:
        """Return the money that must be in suspense."""
        return FARE * self.fates.count(TORN)


async def truths(bench: Bench, *cards: PurseCard) -> Truths:
    """Read all three, assert that none contradicts another, and return what they agree on."""
    entries = await bench.entries()
    fates = _fates(entries)
    committed = Counter(
        debit.psam_sequence for card in cards for debit in card.debits if debit.line.terminal == bench.psam.number
    )
    _no_debit_is_lost_or_made_up(entries, fates, committed)
    found = Truths(
        committed.total(),
        tuple(fates.values()),
        tuple(entry.body for entry in entries if isinstance(entry.body, Settled)),
    )
    await _money_adds_up(bench, entries, found)
    _green_is_written({outcome.tap_id for outcome in bench.shown if outcome.accepted}, entries)
    assert await bench.journal.verify() == []
    return found


def _fates(entries: Sequence[Entry]) -> dict[int, str]:
    fates: dict[int, str] = {}
    for entry in entries:
        match entry.body:
            case Intent():
                fates[entry.seq] = "open"
            case Posted():
                fates[entry.ref_seq] = POSTED
            case Voided():
                fates[entry.ref_seq] = VOIDED
            case Torn():
                fates[entry.ref_seq] = TORN
            case Settled(verdict=verdict):
                fates[entry.ref_seq] = POSTED if verdict is Verdict.POSTED else VOIDED
            case _:
                pass
    return fates


def _no_debit_is_lost_or_made_up(
    entries: Sequence[Entry], fates: Mapping[int, str], committed: Mapping[int, int]
) -> None:
    intents = {entry.seq: entry.body.debit for entry in entries if isinstance(entry.body, Intent)}
    sequences = {terms.psam_sequence: fates[seq] for seq, terms in intents.items()}
    assert len(sequences) == len(intents), "two intents with one terminal sequence"
    assert set(sequences.values()) <= {POSTED, VOIDED, TORN}, "an intent without a result"
    for sequence, fate in sequences.items():
        happened = sequence in committed
        assert fate == TORN or happened is (fate == POSTED), f"debit {sequence}: {happened} on the card, {fate} here"
    assert set(committed) <= set(sequences), "a debit on the card that no intent ordered"
    assert set(committed.values()) <= {1}


async def _money_adds_up(bench: Bench, entries: Sequence[Entry], found: Truths) -> None:
    balances = {account: fen for account, fen in fold(entries).items() if fen}
    earned = FARE * found.fates.count(POSTED)
    expected = {
        "payer:purse": -earned,
        "revenue:qingdao-bus": earned,
        "suspense:torn": found.suspense_fen,
        "unproven:purse": -found.suspense_fen,
    }
    assert balances == {account: fen for account, fen in expected.items() if fen}
    assert {account: fen for account, fen in (await bench.journal.totals()).items() if fen} == balances
    booked = book([encode_entry(entry) for entry in entries], entries, 1, {})
    at_centre: Counter[str] = Counter()
    for item in booked:
        assert item.code == ""
        assert sum(posting.fen for posting in item.postings) == 0
        at_centre.update({posting.account: posting.fen for posting in item.postings})
    assert {account: fen for account, fen in at_centre.items() if fen} == balances
    assert sum(item.earned for item in booked) * FARE == earned


def _green_is_written(green: set[bytes], entries: Sequence[Entry]) -> None:
    """Each passage has one durable entry that grants it, and each such entry was shown to somebody."""
    granted = [
        entry.tap_id
        for entry in entries
        if isinstance(entry.body, Posted) or (isinstance(entry.body, Settled) and entry.body.free_passage)
    ]
    assert len(set(granted)) == len(granted), "one tap passed twice"
    assert green == set(granted)
