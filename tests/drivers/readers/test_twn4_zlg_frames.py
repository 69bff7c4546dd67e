"""Frames of TWN4 (binary, ASCII) and ZLG (old, new) against the vectors, in any pieces, with noise and flipped bits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.framing import NEED_DATA, Answered, Codec, Damaged, FrameEvent, ReaderCommand, Rejected
from drivers.readers.twn4 import AsciiCodec, BinaryCodec
from drivers.readers.twn4.codec import crc16
from drivers.readers.zlg import NewCodec, OldCodec
from drivers.readers.zlg.codec import ZlgCodec
from tests.drivers.reader_vectors import Vector, load

TWN4 = load("twn4")
ZLG = load("zlg")
CODECS: dict[str, Callable[[], Codec]] = {"ascii": AsciiCodec, "binary": BinaryCodec, "old": OldCodec, "new": NewCodec}
OLD_ANSWER = Vector("old device info answer", "reader", "old", OldCodec().frame(1, 0, b"ZLG600A"), content=b"ZLG600A")
ANSWERS = [vector for vector in (*TWN4, *ZLG) if vector.sender == "reader"] + [OLD_ANSWER]
CHECKED = [vector for vector in ANSWERS if vector.kind != "ascii"]


def named(vector: Vector) -> str:
    return vector.name


def group_of(vector: Vector) -> int:
    return vector.group or 1


def asked(vector: Vector) -> Codec:
    """Return a codec that awaits this answer."""
    codec = CODECS[vector.kind]()
    codec.send(ReaderCommand(bytes((0, group_of(vector), 0x41)), 100))
    return codec


def expected(vector: Vector) -> FrameEvent:
    if vector.kind in ("ascii", "binary"):
        return Answered(vector.payload[1:])
    return Answered(b"\x00\x00" + vector.content)


def everything(codec: Codec) -> list[FrameEvent]:
    found: list[FrameEvent] = []
    while True:
        event = codec.next_event()
        if event is not NEED_DATA:
            found.append(event)
        elif codec.partial:
            codec.give_up_partial()
        else:
            return found


def parse(vector: Vector, raw: bytes) -> list[FrameEvent]:
    codec = asked(vector)
    codec.receive_data(raw)
    return everything(codec)


@pytest.mark.parametrize("vector", [v for v in TWN4 if v.sender == "host"], ids=named)
def test_a_command_of_a_twn4_is_framed(vector: Vector) -> None:
    assert CODECS[vector.kind]().send(ReaderCommand(vector.payload, 100)) == vector.frame


@pytest.mark.parametrize("vector", [v for v in ZLG if v.sender == "host"], ids=named)
def test_a_command_of_a_zlg_is_framed(vector: Vector) -> None:
    codec = CODECS[vector.kind]()
    body = bytes((0, vector.group, vector.command)) + vector.content
    assert codec.send(ReaderCommand(body, 100)) == vector.frame


@pytest.mark.parametrize("vector", ANSWERS, ids=named)
def test_an_answer_is_read(vector: Vector) -> None:
    assert parse(vector, vector.frame) == [expected(vector)]


@pytest.mark.parametrize("vector", ANSWERS, ids=named)
def test_an_answer_cut_at_any_byte_is_read_once_and_not_before_its_end(vector: Vector) -> None:
    for cut in range(len(vector.frame) + 1):
        codec = asked(vector)
        codec.receive_data(vector.frame[:cut])
        early = codec.next_event()
        codec.receive_data(vector.frame[cut:])
        late = codec.next_event()
        assert [event for event in (early, late) if event is not NEED_DATA] == [expected(vector)]


@given(vector=st.sampled_from(ANSWERS), cuts=st.lists(st.integers(1, 9), max_size=40))
def test_an_answer_in_any_pieces_is_read(vector: Vector, cuts: list[int]) -> None:
    codec, found, at = asked(vector), list[FrameEvent](), 0
    for size in [*cuts, len(vector.frame)]:
        codec.receive_data(vector.frame[at : at + size])
        at += size
        while (event := codec.next_event()) is not NEED_DATA:
            found.append(event)
    assert found == [expected(vector)]


@given(noise=st.binary(min_size=1, max_size=300), vector=st.sampled_from(CHECKED))
def test_noise_before_a_checked_answer_does_not_hide_it(noise: bytes, vector: Vector) -> None:
    assert parse(vector, noise + vector.frame)[-1] == expected(vector)


@pytest.mark.parametrize("vector", [v for v in ANSWERS if v.kind == "ascii"], ids=named)
def test_a_modem_probe_before_an_ascii_answer_does_not_hide_it(vector: Vector) -> None:
    assert parse(vector, b"AT\r" + vector.frame)[-1] == expected(vector)


@pytest.mark.parametrize("vector", CHECKED, ids=named)
def test_one_flipped_bit_never_makes_another_answer(vector: Vector) -> None:
    for bit in range(len(vector.frame) * 8):
        flipped = bytearray(vector.frame)
        flipped[bit // 8] ^= 1 << bit % 8
        found = [event for event in parse(vector, bytes(flipped)) if not isinstance(event, Damaged)]
        assert found == [], f"bit {bit}"


@pytest.mark.parametrize("vector", CHECKED, ids=named)
def test_after_a_flipped_bit_the_next_answer_is_read(vector: Vector) -> None:
    for bit in range(0, len(vector.frame) * 8, 5):
        flipped = bytearray(vector.frame)
        flipped[bit // 8] ^= 1 << bit % 8
        assert parse(vector, bytes(flipped) + vector.frame)[-1] == expected(vector), f"bit {bit}"


def test_a_flipped_bit_in_ascii_mode_can_make_another_answer() -> None:
    """The known limit of a mode without a check, written down so that nobody uses it on a long cable."""
    codec = asked(TWN4[1])
    codec.receive_data(b"0001\r")
    assert codec.next_event() == Answered(b"\x01")


@pytest.mark.parametrize("kind", ["ascii", "binary"])
def test_a_command_that_a_twn4_refuses_is_rejected(kind: str) -> None:
    codec = CODECS[kind]()
    codec.send(ReaderCommand(b"\x77\x00", 100))
    assert isinstance(codec, AsciiCodec | BinaryCodec)
    codec.receive_data(codec.frame(b"\x01"))
    assert codec.next_event() == Rejected("error 01")


def test_an_answer_that_nobody_awaits_is_a_stranger() -> None:
    codec = BinaryCodec()
    codec.receive_data(next(vector.frame for vector in TWN4 if vector.name == "binary search tag none"))
    assert codec.next_event() is NEED_DATA
    assert codec.counters.strangers == 1


@pytest.mark.parametrize("codec", [OldCodec(), NewCodec()], ids=["old", "new"])
def test_a_frame_of_automatic_detection_is_a_stranger(codec: ZlgCodec) -> None:
    codec.send(ReaderCommand(b"\x00\x06\x4d\x00\x26", 100))
    pushed = bytearray(codec.frame(2, 0, b"\x04\x00\x20\x04\x08\xa1\xb2\xc3"))
    if isinstance(codec, NewCodec):
        pushed[0] += 1
        pushed[-2:] = (int.from_bytes(pushed[-2:], "little") - 1).to_bytes(2, "little")
    codec.receive_data(bytes(pushed))
    assert codec.next_event() is NEED_DATA
    assert codec.counters.strangers == 1


def test_the_crc_of_a_twn4_is_the_published_one() -> None:
    """CRC-16/MCRF4XX: its check value over the nine digits is 6F91."""
    assert crc16(b"123456789") == 0x6F91
