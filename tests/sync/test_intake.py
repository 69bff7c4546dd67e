"""What the centre makes of a batch, as a function."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.crypto.signing import SigningKey
from edge.domain.debit import Verdict as Proof
from edge.domain.entry import Entry, Intent, Kind, Remark, Settled
from edge.domain.errors import RemoteProtocolError
from sync.batch import Batch
from sync.central.booking import HeldIntent
from sync.central.intake import Accepted, Duplicate, Forked, Gap, Stream, Verdict, View, open_entries, receive
from sync.wire import decode_entry
from tests.sync.builders import GRANT_HASH, INTENT, POSTED, TERMINAL, TERMINAL_KEY, Ledger


class Held:
    """What a centre holds of one terminal, kept by the verdicts alone."""

    def __init__(self, *streams: Stream) -> None:
        self.streams = {stream.epoch: stream for stream in streams or (stream(),)}
        self.raws: dict[int, dict[int, bytes]] = {}
        self.results: Counter[str] = Counter()

    def receive(self, batch: Batch) -> Verdict:
        held = self.raws.setdefault(batch.span.epoch, {})
        verdict = receive(open_entries(batch), View(tuple(self.streams.values()), held, _intents(held)))
        if isinstance(verdict, Accepted):
            self.streams[verdict.stream.epoch] = verdict.stream
            held |= {item.seq: item.raw for item in verdict.booked}
            for posting in (posting for item in verdict.booked for posting in item.postings):
                self.results[posting.account] += posting.fen
        return verdict


def stream(epoch: int = 1, *, spare: bool = False, seen: bool = False, key: SigningKey = TERMINAL_KEY) -> Stream:
    return Stream(TERMINAL, epoch, key.public, spare, seen, 0, GRANT_HASH)


def _intents(held: dict[int, bytes]) -> dict[int, HeldIntent]:
    intents: dict[int, HeldIntent] = {}
    for raw in held.values():
        try:
            entry = decode_entry(raw)
        except RemoteProtocolError:
            continue
        _note(entry, intents)
    return intents


def _note(entry: Entry, intents: dict[int, HeldIntent]) -> None:
    if isinstance(entry.body, Intent):
        intents[entry.seq] = HeldIntent(entry, entry.body)
    elif entry.ref_seq in intents:
        held = intents[entry.ref_seq]
        settled = entry.kind is Kind.SETTLED
        intents[entry.ref_seq] = replace(
            held, closed_by=held.closed_by if settled else entry.kind, settled=held.settled or settled
        )


def rides(count: int) -> Ledger:
    ledger = Ledger()
    for tap in range(count):
        ledger.ride(tap)
    return ledger


def test_a_first_batch_continues_the_grant() -> None:
    verdict = Held().receive(rides(3).batch())
    assert isinstance(verdict, Accepted)
    assert (verdict.stream.acked_seq, verdict.rejected) == (6, ())


def test_the_same_batch_again_changes_nothing() -> None:
    held, ledger = Held(), rides(3)
    held.receive(ledger.batch())
    before = dict(held.results)
    assert isinstance(held.receive(ledger.batch()), Duplicate)
    assert held.results == before


def test_an_old_part_again_is_a_duplicate() -> None:
    held, ledger = Held(), rides(5)
    held.receive(ledger.batch())
    assert isinstance(held.receive(ledger.batch(2, 4)), Duplicate)


def test_row_46_an_overlap_is_trimmed_and_the_rest_taken() -> None:
    held, ledger = Held(), rides(5)
    held.receive(ledger.batch(1, 4))
    verdict = held.receive(ledger.batch(2, 10))
    assert isinstance(verdict, Accepted)
    assert [item.seq for item in verdict.booked] == [5, 6, 7, 8, 9, 10]


def test_row_46_a_batch_beyond_is_a_gap_and_stores_nothing() -> None:
    held, ledger = Held(), rides(5)
    held.receive(ledger.batch(1, 4))
    verdict = held.receive(ledger.batch(7, 10))
    assert isinstance(verdict, Gap)
    assert verdict.stream.acked_seq == 4


def test_the_rest_of_a_tail_is_kept_aside_and_its_results_find_their_intents_there() -> None:
    held, ledger = Held(), rides(2)
    twin = ledger.copied()
    ledger.ride(7)
    twin.ride(8)
    held.receive(ledger.batch())
    assert isinstance(held.receive(twin.batch(5, 5)), Forked)
    opened, streams = open_entries(twin.batch(6, 6)), tuple(held.streams.values())
    (intent,) = (entry for entry in open_entries(twin.batch(5, 5)).entries if isinstance(entry, Entry))
    assert isinstance(intent.body, Intent)
    verdict = receive(opened, View(streams, held.raws[1], {}, {5: HeldIntent(intent, intent.body)}))
    assert isinstance(verdict, Forked)
    assert [(item.seq, item.suspense_fen) for item in verdict.tail] == [(6, 150)]


def test_a_twin_forks_where_it_differs_and_its_money_is_in_suspense() -> None:
    held, ledger = Held(), rides(2)
    twin = ledger.copied()
    ledger.ride(7)
    twin.ride(8)
    held.receive(ledger.batch())
    verdict = held.receive(twin.batch())
    assert isinstance(verdict, Forked)
    assert verdict.code == "CHAIN_FORK"
    assert [(item.seq, item.suspense_fen) for item in verdict.tail] == [(5, 0), (6, 150)]


def test_a_twin_forks_after_the_watermark_too() -> None:
    held, ledger = Held(), rides(2)
    twin = ledger.copied()
    ledger.ride(7)
    twin.ride(8)
    twin.ride(9)
    held.receive(ledger.batch())
    verdict = held.receive(twin.batch(7))
    assert isinstance(verdict, Forked)


def test_another_grant_is_a_fork() -> None:
    verdict = Held().receive(Ledger(start=b"x" * 32, raws=rides(1).raws).batch())
    assert isinstance(verdict, Forked)


def test_a_lower_epoch_may_continue_its_own_head() -> None:
    old, newer = rides(3), Ledger(epoch=3)
    newer.ride(50)
    held = Held(stream(1), stream(3))
    held.receive(old.batch(1, 2))
    held.receive(newer.batch())
    assert isinstance(held.receive(old.batch(3, 6)), Accepted)


def test_a_lower_epoch_that_differs_is_fenced() -> None:
    old, newer = rides(3), Ledger(epoch=3)
    twin = Ledger()
    twin.ride(99)
    newer.ride(50)
    held = Held(stream(1), stream(3))
    held.receive(old.batch())
    held.receive(newer.batch())
    verdict = held.receive(twin.batch())
    assert isinstance(verdict, Forked)
    assert verdict.code == "EPOCH_FENCED"


def test_a_spare_raises_an_alarm_once() -> None:
    held = Held(stream(1), stream(2, spare=True))
    salvaged = Ledger(epoch=2)
    salvaged.ride(1)
    first = held.receive(salvaged.batch())
    salvaged.ride(2)
    second = held.receive(salvaged.batch(3))
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert (first.alarms, second.alarms) == (("spare_used",), ())


def test_a_later_key_signs_for_an_old_epoch_but_not_the_other_way() -> None:
    fresh = SigningKey(b"n" * 32)
    old, newer = rides(1), Ledger(epoch=3)
    newer.ride(5)
    held = Held(stream(1), stream(3, key=fresh))
    assert isinstance(held.receive(replace(old, key=fresh).batch()), Accepted)
    with pytest.raises(RemoteProtocolError, match="SIGNATURE_WRONG"):
        held.receive(newer.batch())


def test_an_epoch_that_no_grant_gave_is_unknown() -> None:
    with pytest.raises(RemoteProtocolError, match="TERMINAL_UNKNOWN"):
        Held().receive(Ledger(epoch=9, raws=rides(1).raws).batch())


def _poison(ledger: Ledger, name: str) -> None:
    """Append one bad entry."""
    match name:
        case "bytes that are no entry":
            ledger.raws.append(b"\xc1 poison")
        case "an entry of another terminal":
            ledger.add(Remark("note"), terminal="OTHER")
        case "an entry with another number":
            ledger.add(Remark("note"), seq=99)
        case "a result without an intent":
            ledger.add(POSTED, ref_seq=77)
        case "a second result of one intent":
            ledger.add(POSTED, ref_seq=1, tap=1)
        case "a result of another tap":
            ledger.add(POSTED, ref_seq=ledger.add(INTENT, tap=5), tap=6)
        case "a settlement of what was never torn":
            ledger.add(SETTLED, ref_seq=1, tap=1)
        case "an intent whose purse pays another amount":
            ledger.add(replace(INTENT, debit=replace(INTENT.debit, amount_fen=1)), tap=5)
        case "a time after the year 2100":
            ledger.add(Remark("note"), time_ms=9_999_999_999_999)


SETTLED = Settled(Proof.POSTED, "rule", b"", b"", mac2_unchecked=False, free_passage=False)

POISONS = [
    "bytes that are no entry",
    "an entry of another terminal",
    "an entry with another number",
    "a result without an intent",
    "a second result of one intent",
    "a result of another tap",
    "a settlement of what was never torn",
    "an intent whose purse pays another amount",
    "a time after the year 2100",
]


@pytest.mark.parametrize("poison", POISONS)
def test_row_48_one_bad_entry_is_set_aside_and_the_rest_flows(poison: str) -> None:
    ledger = Ledger()
    ledger.ride(1)
    _poison(ledger, poison)
    bad = ledger.last
    ledger.ride(9)
    verdict = Held().receive(ledger.batch())
    assert isinstance(verdict, Accepted)
    assert [entry.seq for entry in verdict.rejected] == [bad]
    assert verdict.stream.acked_seq == ledger.last
    assert sum(item.earned for item in verdict.booked if not item.code) == 2


def test_row_48_money_of_an_entry_set_aside_is_in_suspense() -> None:
    ledger = Ledger()
    ledger.ride(1)
    ledger.add(POSTED, ref_seq=1, tap=1)
    verdict = Held().receive(ledger.batch())
    assert isinstance(verdict, Accepted)
    assert {posting.account: posting.fen for posting in verdict.booked[-1].postings} == {
        "suspense:quarantine": 150,
        "unproven:purse": -150,
    }


SETTLEMENTS = {"posted": 150, "voided": 0}


@pytest.mark.parametrize("verdict", SETTLEMENTS)
def test_a_torn_debit_leaves_suspense_when_it_is_settled(verdict: str) -> None:
    ledger = Ledger()
    ledger.torn(1, Proof(verdict))
    taken = Held().receive(ledger.batch())
    assert isinstance(taken, Accepted)
    totals: Counter[str] = Counter()
    for item in taken.booked:
        for posting in item.postings:
            totals[posting.account] += posting.fen
    assert (totals["suspense:torn"], totals["revenue:qingdao-bus"]) == (0, SETTLEMENTS[verdict])
    assert sum(totals.values()) == 0


@given(cuts=st.lists(st.tuples(st.integers(1, 20), st.integers(1, 20)), max_size=12))
def test_row_46_any_order_of_batches_books_every_entry_once(cuts: list[tuple[int, int]]) -> None:
    """Duplicates, overlaps and gaps in any order; at the end the whole journal once more."""
    ledger = rides(10)
    held, whole = Held(), Held()
    for first, last in cuts:
        held.receive(ledger.batch(min(first, last), max(first, last)))
    held.receive(ledger.batch())
    whole.receive(ledger.batch())
    assert held.results == whole.results
    assert held.raws == whole.raws
    assert held.streams == whole.streams
