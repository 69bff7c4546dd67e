"""Entries in columns: the very bytes come back, whatever they were, and hostile columns end within bounds."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.debit import Verdict
from edge.domain.entry import Kind, Remark
from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import BatchSpan
from sync.batch import BATCH_ENTRIES_MAX, decode_batch, encode_batch, packed_batch
from sync.column_forms import Form, Noise, stored, values_of
from sync.column_reading import from_columns
from sync.columns import to_columns
from sync.wire import ENTRY_BYTES_MAX, pack, to_plain
from tests.sync.builders import INTENT, PAID, POSTED, Ledger

SPAN = BatchSpan("BUS-1", 1, 1, 1, bytes(32), bytes(32))


def journal(rides: int = 60, seed: int = 1) -> Ledger:
    """Return a journal of riders who differ in all that riders differ in, and some trouble."""
    chance, ledger = Random(seed), Ledger()
    for tap in range(rides):
        intent = replace(INTENT, token=chance.randbytes(16), box=chance.randbytes(68))
        debit = replace(intent.debit, balance_fen=chance.randrange(10_000), psam_sequence=40 + tap)
        at = ledger.add(replace(intent, debit=debit), tap=tap)
        ledger.add(replace(POSTED, tac=chance.randbytes(4)), ref_seq=at, tap=tap)
        if tap % 7 == 0:
            ledger.torn(tap, Verdict.POSTED)
        if tap % 11 == 0:
            ledger.add(PAID, tap=tap)
            ledger.add(Remark("note", (("edition", str(tap)),)))
    return ledger


def there_and_back(entries: Sequence[bytes], first_seq: int = 1) -> list[bytes]:
    span = replace(SPAN, first_seq=first_seq, last_seq=first_seq + len(entries) - 1)
    return from_columns(span, len(entries), *to_columns(span, entries))


def test_the_very_bytes_come_back_and_take_far_less_room() -> None:
    ledger = journal()
    batch = ledger.batch()
    packed = packed_batch(batch, in_columns=True)
    assert decode_batch(gzip.decompress(packed)) == batch
    assert len(packed) < 0.85 * len(packed_batch(batch))


def test_a_part_of_a_journal_comes_back_whose_results_refer_to_what_was_sent_before() -> None:
    ledger = journal()
    assert there_and_back(ledger.raws[41:90], 42) == ledger.raws[41:90]


def _add(ledger: Ledger, body: object = None, **changes: Any) -> None:  # noqa: ANN401 - any field of an entry
    """Append an entry that no terminal writes."""
    seq = ledger.last + 1
    head = {"time_ms": 5, "quality": 0, "edition": 1, "tap_id": b"12345678", "ref_seq": 0, **changes}
    plain = to_plain(POSTED) if body is None else body
    ledger.raws.append(pack([1, Kind.POSTED.value, 1, ledger.terminal, ledger.epoch, seq, *head.values(), plain]))


def _add_alike(ledger: Ledger) -> None:
    """Append two entries whose bodies are equal to Python, and are not the same bytes."""
    _add(ledger, body=[[1, [0]], [0.0]])
    _add(ledger, body=[[True, [False]], [-0.0]])


STRANGE: dict[str, Callable[[Ledger], None]] = {
    "an entry that is no msgpack": lambda ledger: ledger.raws.insert(3, b"\xc1"),
    "an empty entry": lambda ledger: ledger.raws.insert(0, b""),
    "an entry of another terminal": lambda ledger: ledger.raws.extend(Ledger(terminal="BUS-2", raws=[]).raws or [b"x"]),
    "an entry above every limit": lambda ledger: ledger.raws.append(pack(bytes(ENTRY_BYTES_MAX + 1))),
    "a number in a longer form than its own": lambda ledger: ledger.raws.append(b"\x9c\xcc\x01" + ledger.raws[-1][2:]),
    "an entry that refers to itself": lambda ledger: _add(ledger, ref_seq=ledger.last + 1),
    "an entry that refers to one to come": lambda ledger: _add(ledger, ref_seq=ledger.last + 5),
    "a result of another tap than its intent": lambda ledger: _add(ledger, ref_seq=1, tap_id=b"another."),
    "a time below nothing": lambda ledger: _add(ledger, time_ms=-(2**63)),
    "a time that fills every bit": lambda ledger: _add(ledger, time_ms=2**64 - 1),
    "a number where a truth value was": lambda ledger: _add(ledger, body=[1, 1.0, True, False, 0]),
    "arrays of a number where those of a truth value were": _add_alike,
    "texts that are nearly numbers": lambda ledger: _add(ledger, body=["007", "７", "-1", "1 "]),
    "a map in a body": lambda ledger: _add(ledger, body=[{"a": [1, None]}, []]),
    "a body that nests deep": lambda ledger: _add(ledger, body=_nested(20)),
    "the same number in another place": lambda ledger: ledger.raws.append(ledger.raws[-1]),
}


def _nested(depth: int) -> object:
    return [_nested(depth - 1)] if depth else [1]


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_strange_comes_back_as_it_was(name: str) -> None:
    ledger = journal(4)
    for _ in range(2):
        STRANGE[name](ledger)
    assert there_and_back(ledger.raws) == ledger.raws


leaf = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text() | st.binary() | st.floats()
digits = st.text("0123456789", min_size=6, max_size=6)
columns = (
    st.lists(leaf, min_size=1) | st.lists(digits, min_size=1) | st.lists(st.binary(min_size=4, max_size=4), min_size=1)
)


@given(columns)
def test_every_column_comes_back_value_by_value(values: list[object]) -> None:
    noise = bytearray()
    column = stored(values, noise)
    back = values_of(column, len(values), Noise(bytes(noise)))
    assert [pack(value) for value in back] == [pack(value) for value in values]


HOSTILE: dict[str, tuple[object, bytes]] = {
    "no parts": ([], b""),
    "no form": ([[], [99, 1], [], [], []], b""),
    "an order of a shape that is none": ([[], [Form.SAME.value, 1], [], [], []], b""),
    "an order that is longer than the span": ([[], [Form.VALUES.value, [0] * 9], [], [], [b""] * 9], b""),
    "bytes that are missing": ([[], [Form.SAME.value, 0], [], [], []], b""),
    "an entry that is a number": ([[], [Form.SAME.value, 0], [], [], [7]], b""),
    "noise that nobody asked for": ([[], [Form.SAME.value, 0], [], [], [b""]], b"x"),
    "noise that is not there": ([[], [Form.NOISE.value, 4], [], [], [b""]], b""),
    "noise of no size": ([[], [Form.NOISE.value, 0], [], [], [b""]], b""),
    "a choice that is none": ([[], [Form.CHOICES.value, [0], b"\x01"], [], [], [b""]], b""),
    "a choice among nothing": ([[], [Form.CHOICES.value, [], b"\x00"], [], [], [b""]], b""),
    "numbers of a width that none has": ([[], [Form.NUMBERS.value, 0, 99, bytes(99)], [], [], [b""]], b""),
    "more digits than a number has": ([[], [Form.DIGITS.value, 10**6, [2, 0, 0, b""]], [], [], [b""]], b""),
    "heads that are missing": ([[[2, 1, [None]]], [Form.SAME.value, 1], [], [[[0, 1]]], []], b""),
    "a shape that nests without end": ([[[2, 1, _nested(90)]], [Form.SAME.value, 1], [[0, 0]] * 6, [[]], []], b""),
    "a time that is a text": (
        [[[2, 1, []]], [0, 1], [[0, 0], [0, 1], [0, 0], [0, "x"], [1, []], [0, b""]], [[]], []],
        b"",
    ),
    "a tap id of a megabyte": (
        [[[2, 1, []]], [0, 1], [[0, 0], [0, 1], [0, 0], [0, 1], [1, []], [0, bytes(2**20)]], [[]], []],
        b"",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_columns_are_malformed(name: str) -> None:
    with pytest.raises(RemoteProtocolError, match="WIRE_MALFORMED"):
        from_columns(SPAN, 1, *HOSTILE[name])


def heads(quality: object = 0) -> list[object]:
    return [[0, quality], [0, 1], [0, 0], [0, 1], [1, []], [0, b""]]


BOMBS: dict[str, object] = {
    "a long value in every entry": [[[2, 1, [None]]], [0, 1], heads(), [[[0, bytes(9_000)]]], []],
    "a long value that is chosen for every entry": [
        [[2, 1, [None]]],
        [0, 1],
        heads(),
        [[[Form.CHOICES.value, [bytes(9_000), 0], bytes(BATCH_ENTRIES_MAX)]]],
        [],
    ],
    "a thousand leaves in every entry": [[[2, 1, [None] * 1_000]], [0, 1], heads(), [[[0, 0]] * 1_000], []],
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_batch_does_not_become_a_large_one(name: str) -> None:
    span = replace(SPAN, last_seq=BATCH_ENTRIES_MAX)
    with pytest.raises(RemoteProtocolError, match="WIRE_TOO_LARGE"):
        from_columns(span, BATCH_ENTRIES_MAX, BOMBS[name], b"")


def test_a_span_of_no_end_is_refused_before_anything_is_made_of_it() -> None:
    batch = journal(1).batch()
    packed = encode_batch(replace(batch, span=replace(batch.span, last_seq=2**60)))
    with pytest.raises(RemoteProtocolError, match="WIRE_TOO_LARGE"):
        decode_batch(packed)
