"""The GemCore envelope and the CCID codec against the vectors, both directions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.framing import NEED_DATA, Answered, Damaged, FrameCounters, MoreTime, ReaderCommand, ResendAsked, SlotMoved
from drivers.readers.ccid import CcidCodec, GemCoreEnvelope
from drivers.readers.ccid.envelope import EnvelopeEvent
from drivers.readers.ccid.gemcore import longitudinal_check
from drivers.readers.ccid.message import CcidAnswer, numbered, request
from tests.drivers.reader_vectors import Vector, load

VECTORS = load("gemcore")
MESSAGES = [vector for vector in VECTORS if vector.kind == "message"]
BY_NAME = {vector.name: vector for vector in VECTORS}


def named(vector: Vector) -> str:
    return vector.name


def expected(vector: Vector) -> EnvelopeEvent:
    if vector.kind == "message":
        return vector.message
    if vector.kind == "moved":
        return SlotMoved(present=vector.frame == b"\x50\x03")
    return ResendAsked() if vector.kind == "resend" else MoreTime()


def everything(envelope: GemCoreEnvelope) -> list[EnvelopeEvent]:
    found: list[EnvelopeEvent] = []
    while True:
        event = envelope.next_event()
        if event is not NEED_DATA:
            found.append(event)
        elif envelope.partial:
            envelope.give_up_partial()
        else:
            return found


def parse(raw: bytes) -> list[EnvelopeEvent]:
    envelope = GemCoreEnvelope(FrameCounters())
    envelope.receive_data(raw)
    return everything(envelope)


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_a_frame_of_the_vectors_is_read(vector: Vector) -> None:
    assert parse(vector.frame) == [expected(vector)]


@pytest.mark.parametrize("vector", MESSAGES, ids=named)
def test_a_message_of_the_vectors_is_wrapped(vector: Vector) -> None:
    assert GemCoreEnvelope(FrameCounters()).wrap(vector.message) == vector.frame
    assert longitudinal_check(vector.frame) == 0


@pytest.mark.parametrize("vector", [v for v in MESSAGES if v.sender == "host"], ids=named)
def test_a_request_of_the_vectors_is_built(vector: Vector) -> None:
    built = request(vector.message[0], vector.slot, vector.content, vector.message[7:10])
    assert numbered(built, vector.sequence) == vector.message


@pytest.mark.parametrize("vector", [v for v in MESSAGES if v.sender == "reader"], ids=named)
def test_an_answer_of_the_vectors_is_taken_apart(vector: Vector) -> None:
    answer = CcidAnswer.parse(vector.message)
    assert (answer.slot, answer.sequence, answer.content) == (vector.slot, vector.sequence, vector.content)
    assert (answer.state, answer.failed) == (vector.status & 3, bool(vector.status & 0x40))
    assert (answer.time_extension, answer.error) == (bool(vector.status & 0x80), vector.error)


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_a_frame_cut_at_any_byte_is_read_once_and_not_before_its_end(vector: Vector) -> None:
    for cut in range(len(vector.frame) + 1):
        envelope = GemCoreEnvelope(FrameCounters())
        envelope.receive_data(vector.frame[:cut])
        early = envelope.next_event()
        envelope.receive_data(vector.frame[cut:])
        late = envelope.next_event()
        assert [event for event in (early, late) if event is not NEED_DATA] == [expected(vector)]


@given(order=st.lists(st.sampled_from(VECTORS), min_size=1, max_size=5), cuts=st.lists(st.integers(1, 20), max_size=60))
def test_frames_and_events_in_any_pieces_are_all_read(order: list[Vector], cuts: list[int]) -> None:
    stream = b"".join(vector.frame for vector in order)
    envelope, found, at = GemCoreEnvelope(FrameCounters()), [], 0
    for size in [*cuts, len(stream)]:
        envelope.receive_data(stream[at : at + size])
        at += size
        while (event := envelope.next_event()) is not NEED_DATA:
            found.append(event)
    assert found == [expected(vector) for vector in order]


@given(noise=st.binary(min_size=1, max_size=300), vector=st.sampled_from(MESSAGES))
def test_noise_before_a_frame_does_not_hide_it(noise: bytes, vector: Vector) -> None:
    assert parse(noise + vector.frame)[-1] == vector.message


@pytest.mark.parametrize("vector", MESSAGES, ids=named)
def test_one_flipped_bit_never_makes_another_message(vector: Vector) -> None:
    for bit in range(len(vector.frame) * 8):
        flipped = bytearray(vector.frame)
        flipped[bit // 8] ^= 1 << bit % 8
        accepted = [event for event in parse(bytes(flipped)) if isinstance(event, bytes)]
        assert accepted == [], f"bit {bit}"


@pytest.mark.parametrize("vector", MESSAGES, ids=named)
def test_after_a_flipped_bit_the_next_frame_is_read(vector: Vector) -> None:
    for bit in range(0, len(vector.frame) * 8, 5):
        flipped = bytearray(vector.frame)
        flipped[bit // 8] ^= 1 << bit % 8
        following = BY_NAME["slot0 power on answer"]
        assert parse(bytes(flipped) + following.frame)[-1] == following.message, f"bit {bit}"


def test_two_flips_of_one_bit_escape_the_check() -> None:
    """The known limit of an XOR, written down so that nobody trusts it further."""
    vector = BY_NAME["slot1 get challenge answer"]
    flipped = bytearray(vector.frame)
    flipped[12] ^= 1
    flipped[13] ^= 1
    assert parse(bytes(flipped)) == [bytes(flipped[2:-1])]


def test_the_bytes_of_a_damaged_frame_are_neither_events_nor_requests_for_time() -> None:
    damaged = bytearray(BY_NAME["slot0 get challenge answer"].frame)
    damaged[-1] ^= 0xFF
    assert parse(bytes(damaged) + b"\x50\x02") == [Damaged("checksum")]


def test_a_message_above_the_limit_is_refused_at_its_header() -> None:
    envelope = GemCoreEnvelope(FrameCounters(), message_bytes_max=20)
    envelope.receive_data(b"\x03\x06\x80\x0b\x00\x00\x00\x00\x00\x00\x00\x00")
    assert envelope.next_event() == Damaged("length")


def codec_events(codec: CcidCodec, *frames: bytes) -> list[object]:
    codec.receive_data(b"".join(frames))
    found: list[object] = []
    while (event := codec.next_event()) is not NEED_DATA:
        found.append(event)
    return found


def answer_to(sent: bytes, *, kind: int = 0x81, slot: int | None = None, number: int | None = None) -> bytes:
    """Return the frame of a good answer to a frame; kind, slot and number may be made wrong."""
    own_slot, own_number = sent[7], sent[8]
    message = bytes((kind, 0, 0, 0, 0, own_slot if slot is None else slot, own_number if number is None else number))
    return GemCoreEnvelope(FrameCounters()).wrap(message + b"\x00\x00\x00")


STATUS_OF_SLOT_2 = ReaderCommand(request(0x65, 2), 100)


@pytest.mark.parametrize(
    ("kind", "slot", "number"),
    [(0x81, 1, None), (0x81, None, 0x7E), (0x80, None, None)],
    ids=["of another slot", "of another number", "of another kind"],
)
def test_an_answer_is_dropped_and_counted(kind: int, slot: int | None, number: int | None) -> None:
    codec = CcidCodec()
    sent = codec.send(STATUS_OF_SLOT_2)
    stranger = answer_to(sent, kind=kind, slot=slot, number=number)
    events = codec_events(codec, stranger, answer_to(sent))
    assert [type(event) for event in events] == [Answered]
    assert codec.counters.strangers == 1


def test_sequence_numbers_follow_each_other_and_wrap() -> None:
    codec = CcidCodec()
    numbers = [codec.send(STATUS_OF_SLOT_2)[8] for _ in range(257)]
    assert numbers == [*range(256), 0]


def test_an_echo_is_skipped_where_the_model_echoes() -> None:
    codec = CcidCodec(echoes=True)
    sent = codec.send(STATUS_OF_SLOT_2)
    assert [type(event) for event in codec_events(codec, sent, answer_to(sent))] == [Answered]
    assert codec.counters.strangers == 0


def test_an_echo_is_a_stranger_where_the_model_does_not_echo() -> None:
    codec = CcidCodec()
    codec_events(codec, codec.send(STATUS_OF_SLOT_2))
    assert codec.counters.strangers == 1


def test_a_time_extension_asks_for_patience_and_the_answer_follows_under_the_same_number() -> None:
    codec = CcidCodec()
    sent = codec.send(ReaderCommand(request(0x6F, 0, b"\x00\x84\x00\x00\x08"), 100))
    extension = numbered(bytes.fromhex("80000000000000800100"), sent[8])
    answer = numbered(bytes.fromhex("80020000000000000000") + b"\x90\x00", sent[8])
    wrap = GemCoreEnvelope(FrameCounters()).wrap
    assert codec_events(codec, wrap(extension), wrap(answer)) == [MoreTime(), Answered(answer)]
