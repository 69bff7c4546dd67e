"""The hash chain over canonical bytes: any change, swap, loss or insertion shows in the head."""

from __future__ import annotations

import hashlib

from hypothesis import assume, given
from hypothesis import strategies as st

from edge.domain.entry import BODIES, CLOSING, HASH_BYTES, Kind, chain

chunks = st.lists(st.binary(min_size=1, max_size=64), min_size=1, max_size=8)
START = b"\x00" * HASH_BYTES


def head(entries: list[bytes]) -> bytes:
    previous = START
    for packed in entries:
        previous = chain(previous, packed)
    return previous


def test_a_link_is_sha256_over_the_previous_hash_and_the_bytes() -> None:
    assert chain(START, b"entry") == hashlib.sha256(START + b"entry").digest()


@given(entries=chunks, at=st.integers(0, 7), bit=st.integers(0, 7))
def test_one_flipped_bit_changes_the_head(entries: list[bytes], at: int, bit: int) -> None:
    at %= len(entries)
    changed = bytes([entries[at][0] ^ (1 << bit)]) + entries[at][1:]
    assert head([*entries[:at], changed, *entries[at + 1 :]]) != head(entries)


@given(entries=chunks, at=st.integers(0, 7))
def test_a_lost_entry_changes_the_head(entries: list[bytes], at: int) -> None:
    at %= len(entries)
    assert head(entries[:at] + entries[at + 1 :]) != head(entries)


@given(entries=chunks)
def test_another_order_changes_the_head(entries: list[bytes]) -> None:
    assume(entries != entries[::-1])
    assert head(entries[::-1]) != head(entries)


def test_every_kind_has_a_body() -> None:
    assert set(Kind) == set(BODIES)


def test_exactly_three_kinds_close_an_intent() -> None:
    assert {Kind.POSTED, Kind.VOIDED, Kind.TORN} == CLOSING


def test_the_numbers_of_the_kinds_never_change() -> None:
    named = "INTENT POSTED VOIDED TORN SETTLED DECLINED TAP STAFF SHIFT CONFIG TIME NOTE REVERSED"
    assert [kind.name for kind in sorted(Kind)] == named.split()
    assert [kind.value for kind in sorted(Kind)] == list(range(1, 14))
