"""BER-TLV: what is read, what is refused, and that no bytes break it."""

from __future__ import annotations

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
