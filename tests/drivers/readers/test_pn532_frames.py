"""PN532 frames against the vectors, both directions, however the bytes are cut and whatever lies between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.framing import NEED_DATA, Damaged, FrameCounters
from drivers.readers.pn532.frames import ERROR_FRAME, FRAME_BYTES_MAX, Frame, FrameParser, Short, encode
from tests.drivers.reader_vectors import Vector, load

VECTORS = load("pn532")
CONTENT = [vector for vector in VECTORS if vector.kind == "content"]
FIRMWARE = next(vector for vector in VECTORS if vector.name == "get firmware version answer")


def named(vector: Vector) -> str:
    return vector.name


def expected(vector: Vector) -> Frame | Short:
    if vector.kind == "content":
        return Frame(vector.tfi, vector.payload)
    return {"ack": Short.ACK, "nack": Short.NACK}.get(vector.kind) or Frame(ERROR_FRAME, b"")


def all_frames(parser: FrameParser) -> list[Frame | Short | Damaged]:
    """Return everything the parser finds, giving up frames that do not end."""
    found: list[Frame | Short | Damaged] = []
    while True:
        frame = parser.next_frame()
        if frame is not NEED_DATA:
            found.append(frame)
        elif parser.partial:
            parser.give_up_partial()
        else:
            return found


def sound(parser: FrameParser) -> list[Frame | Short]:
    return [frame for frame in all_frames(parser) if not isinstance(frame, Damaged)]


def parse(raw: bytes) -> list[Frame | Short | Damaged]:
    parser = FrameParser(FrameCounters())
    parser.receive_data(raw)
    return all_frames(parser)


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_a_frame_of_the_vectors_is_read(vector: Vector) -> None:
    assert parse(vector.frame) == [expected(vector)]


@pytest.mark.parametrize("vector", CONTENT, ids=named)
def test_a_frame_of_the_vectors_is_built(vector: Vector) -> None:
    """Ours always has one filler before and after; a vector may have other ones."""
    frame = b"\x00" + vector.frame.removeprefix(vector.lead_in)
    assert encode(vector.tfi, vector.payload) in (frame, frame + b"\x00")


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_a_frame_cut_at_any_byte_is_read_once_and_not_before_its_end(vector: Vector) -> None:
    for cut in range(len(vector.frame) + 1):
        parser = FrameParser(FrameCounters())
        parser.receive_data(vector.frame[:cut])
        early = parser.next_frame()
        parser.receive_data(vector.frame[cut:])
        late = parser.next_frame()
        assert [frame for frame in (early, late) if frame is not NEED_DATA] == [expected(vector)]


@given(order=st.lists(st.sampled_from(VECTORS), min_size=1, max_size=4), cuts=st.lists(st.integers(1, 40), max_size=60))
def test_frames_back_to_back_in_any_pieces_are_all_read(order: list[Vector], cuts: list[int]) -> None:
    stream = b"".join(vector.frame for vector in order)
    parser, found, at = FrameParser(FrameCounters()), [], 0
    for size in [*cuts, len(stream)]:
        parser.receive_data(stream[at : at + size])
        at += size
        while (frame := parser.next_frame()) is not NEED_DATA:
            found.append(frame)
    assert found == [expected(vector) for vector in order]


@given(noise=st.binary(min_size=1, max_size=300), vector=st.sampled_from(CONTENT))
def test_noise_before_a_frame_does_not_hide_it(noise: bytes, vector: Vector) -> None:
    parser = FrameParser(FrameCounters())
    parser.receive_data(noise + vector.frame)
    assert sound(parser)[-1] == expected(vector)


@pytest.mark.parametrize(
    "noise",
    [b"AT\r", b"AT\rAT\rAT\r", b"\x00\xff", b"\x00\x00\xff\xff\xff\x01\x09\xf6", b"\x00\xff\x05\xfb", b"\xff" * 16],
    ids=[
        "a modem probe",
        "three modem probes",
        "a bare start code",
        "a header that announces 265 bytes",
        "a header that announces five bytes",
        "a line held high",
    ],
)
def test_a_frame_is_found_behind(noise: bytes) -> None:
    parser = FrameParser(FrameCounters())
    parser.receive_data(noise + FIRMWARE.frame)
    assert sound(parser) == [expected(FIRMWARE)]


@pytest.mark.parametrize("leading", [0, 1, 10, 16, 200])
@pytest.mark.parametrize("trailing", [0, 1, 5])
def test_any_number_of_fillers_is_accepted(leading: int, trailing: int) -> None:
    core = FIRMWARE.frame.strip(b"\x00")
    assert parse(bytes(leading) + b"\x00" + core + bytes(trailing)) == [expected(FIRMWARE)]


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_one_flipped_bit_never_makes_another_frame(vector: Vector) -> None:
    for bit in range(len(vector.frame) * 8):
        flipped = bytearray(vector.frame)
        flipped[bit // 8] ^= 1 << bit % 8
        accepted = [frame for frame in parse(bytes(flipped)) if not isinstance(frame, Damaged | Short)]
        assert accepted in ([], [expected(vector)]), f"bit {bit}"


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_after_a_flipped_bit_the_next_frame_is_read(vector: Vector) -> None:
    for bit in range(0, len(vector.frame) * 8, 7):
        flipped = bytearray(vector.frame)
        flipped[bit // 8] ^= 1 << bit % 8
        assert parse(bytes(flipped) + FIRMWARE.frame)[-1] == expected(FIRMWARE), f"bit {bit}"


def test_a_flipped_acknowledgement_does_not_swallow_the_answer_behind_it() -> None:
    assert parse(bytes.fromhex("0000ff01ff00") + FIRMWARE.frame)[-1] == expected(FIRMWARE)


@pytest.mark.parametrize(("size", "extended"), [(254, False), (255, True), (264, True)])
def test_the_extended_form_is_used_only_where_the_length_needs_it(size: int, *, extended: bool) -> None:
    built = encode(0xD4, bytes(size))
    assert (built[3:5] == b"\xff\xff") is extended
    assert parse(built) == [Frame(0xD4, bytes(size))]


def test_a_frame_above_the_limit_is_not_built() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        encode(0xD4, bytes(FRAME_BYTES_MAX))


def test_a_frame_above_the_limit_is_not_read() -> None:
    parser = FrameParser(FrameCounters(), frame_bytes_max=16)
    parser.receive_data(encode(0xD5, bytes(16)))
    assert parser.next_frame() == Damaged("length")


def test_what_was_dropped_and_damaged_is_counted() -> None:
    counters = FrameCounters()
    parser = FrameParser(counters)
    parser.receive_data(b"AT\r" + FIRMWARE.frame[:-2] + b"\x55\x00" + FIRMWARE.frame)
    all_frames(parser)
    assert (counters.frames, counters.checksum_errors) == (1, 1)
    assert counters.dropped_bytes > len(b"AT\r")
