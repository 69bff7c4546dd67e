"""BER-TLV: what is read, what is refused, and that no bytes break it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import tlv
from drivers.tlv import Tlv
from edge.domain.errors import CardError

SOUND = {
    "nothing at all": ("", ()),
    "one short primitive": ("5A021234", (Tlv(0x5A, b"\x12\x34"),)),
    "a tag of two bytes": ("9F0C01AA", (Tlv(0x9F0C, b"\xaa"),)),
    "a tag of three bytes": ("DF816101BB", (Tlv(0xDF8161, b"\xbb"),)),
    "an empty value": ("5000", (Tlv(0x50, b""),)),
    "a length in two bytes": ("5A8101FF", (Tlv(0x5A, b"\xff"),)),
    "a length in three bytes": ("5A820001FF", (Tlv(0x5A, b"\xff"),)),
    "zero bytes between objects": ("00500000" + "5A0101", (Tlv(0x50, b""), Tlv(0x5A, b"\x01"))),
    "objects inside a constructed one": (
        "6F04A5025000",
        (Tlv(0x6F, bytes.fromhex("A5025000"), (Tlv(0xA5, b"\x50\x00", (Tlv(0x50, b""),)),)),),
    ),
}


@pytest.mark.parametrize(("raw", "objects"), SOUND.values(), ids=SOUND)
def test_sound_objects_are_read(raw: str, objects: tuple[Tlv, ...]) -> None:
    assert tlv.parse(bytes.fromhex(raw)) == objects


BROKEN = {
    "a tag cut short": "9F",
    "a tag of four bytes": "DF81818101AA",
    "no length": "5A",
    "an indefinite length": "6F8050000000",
    "a length of a length cut short": "5A81",
    "a length in four bytes": "5A8300000100",
    "a value that runs past the end": "5A0312",
    "a child that runs past its parent": "6F03500512" + "3456",
    "nesting without end": "6F0C6F0A6F086F066F046F026F00",
    "more bytes than any card answers": "00" * 4097,
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_broken_objects_are_refused_with_a_code(raw: str) -> None:
    with pytest.raises(CardError) as refused:
        tlv.parse(bytes.fromhex(raw))
    assert refused.value.code == "CARD_MALFORMED"


def test_an_object_is_found_at_any_depth() -> None:
    assert tlv.find(tlv.parse(bytes.fromhex("6F06A5049F0C01AA")), 0x9F0C) == b"\xaa"


def test_an_absent_object_is_none() -> None:
    assert tlv.find(tlv.parse(bytes.fromhex("6F025000")), 0x9F0C) is None


def test_an_object_that_stands_twice_is_refused() -> None:
    objects = tlv.parse(bytes.fromhex("6F0450005000"))
    with pytest.raises(CardError, match="twice"):
        tlv.find(objects, 0x50)


def code_of(raw: bytes) -> str:
    try:
        tlv.parse(raw)
    except CardError as error:
        return error.code
    return "read"


@given(st.binary(max_size=300))
def test_any_bytes_end_in_objects_or_a_coded_error(raw: bytes) -> None:
    assert code_of(raw) in {"read", "CARD_MALFORMED"}


@given(st.binary(min_size=1, max_size=200))
def test_a_value_of_any_length_comes_back(value: bytes) -> None:
    length = bytes([len(value)]) if len(value) < 0x80 else bytes([0x81, len(value)])
    assert tlv.parse(b"\x5a" + length + value) == (Tlv(0x5A, value),)


def test_pieces_are_whole_encodings_as_they_came() -> None:
    assert tlv.pieces(bytes.fromhex("005A8101FF" + "77025000")) == (
        (0x5A, bytes.fromhex("5A8101FF")),
        (0x77, bytes.fromhex("77025000")),
    )


def test_a_list_of_objects_asks_for_tags_and_lengths() -> None:
    assert tlv.parse_dol(bytes.fromhex("9F3704" + "9A03" + "DF816181F0")) == ((0x9F37, 4), (0x9A, 3), (0xDF8161, 0xF0))


def test_an_answer_to_a_list_is_split_by_tag() -> None:
    assert tlv.split_dol(bytes.fromhex("9F37029A01"), b"\1\2\3") == {0x9F37: b"\1\2", 0x9A: b"\3"}


WRONG_LISTS = {
    "a list cut short": ("9F37", ""),
    "a list that is too long": ("9A00" * 127, ""),
    "an answer too short": ("9F3704", "010203"),
    "an answer too long": ("9F3704", "0102030405"),
    "an answer to no list": ("", "01"),
}


@pytest.mark.parametrize(("dol", "body"), WRONG_LISTS.values(), ids=WRONG_LISTS)
def test_a_list_or_answer_that_does_not_fit_is_refused_with_a_code(dol: str, body: str) -> None:
    with pytest.raises(CardError, match="CARD_MALFORMED"):
        tlv.split_dol(bytes.fromhex(dol), bytes.fromhex(body))


@given(raw=st.binary(max_size=80), body=st.binary(max_size=80))
def test_no_bytes_break_lists_and_pieces(raw: bytes, body: bytes) -> None:
    with suppress(CardError):
        assert sum(map(len, tlv.split_dol(raw, body).values())) <= len(body)
    with suppress(CardError):
        assert b"".join(whole for _, whole in tlv.pieces(raw)).replace(b"\0", b"") == raw.replace(b"\0", b"")
