"""The ACS envelope against the vectors, both directions, in any pieces, with noise and flipped bits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.framing import (
    NEED_DATA,
    Acked,
    Answered,
    Damaged,
    FrameCounters,
    FrameEvent,
    ReaderCommand,
    Rejected,
    ResendAsked,
    SlotMoved,
)
from drivers.readers.ccid import AcsEnvelope, CcidCodec
from drivers.readers.ccid.envelope import EnvelopeEvent
from drivers.readers.ccid.message import CcidAnswer, numbered, request
from tests.drivers.reader_vectors import Vector, load

VECTORS = load("acs")
READ = [vector for vector in VECTORS if vector.kind != "repeat"]
MESSAGES = [vector for vector in VECTORS if vector.message]
BY_NAME = {vector.name: vector for vector in VECTORS}
ANSWERS = [vector for vector in MESSAGES if vector.sender == "reader"]
STATUSES: dict[str, EnvelopeEvent] = {"taken": Acked(), "resend": ResendAsked(), "moved": SlotMoved(present=True)}


def named(vector: Vector) -> str:
    return vector.name


def envelope_for(vector: Vector) -> AcsEnvelope:
    return AcsEnvelope(FrameCounters(), envelopes=3 if vector.kind == "message_acr122l" else 1)


def heard(vector: Vector) -> bool:
    """Say whether a reader sends this, rather than the host."""
    return vector.sender == "reader"


def everything(envelope: AcsEnvelope) -> list[EnvelopeEvent]:
    found: list[EnvelopeEvent] = []
    while True:
        event = envelope.next_event()
        if event is not NEED_DATA:
            found.append(event)
        elif envelope.partial:
            envelope.give_up_partial()
        else:
            return found


def parse(raw: bytes, envelopes: int = 1) -> list[EnvelopeEvent]:
    envelope = AcsEnvelope(FrameCounters(), envelopes=envelopes)
    envelope.receive_data(raw)
    return everything(envelope)


def expected(vector: Vector) -> EnvelopeEvent:
    if vector.message:
        return vector.message
    return STATUSES.get(vector.kind) or Rejected("the reader takes no message of this length")


@pytest.mark.parametrize("vector", [vector for vector in READ if heard(vector)], ids=named)
def test_a_frame_of_the_vectors_is_read(vector: Vector) -> None:
    assert parse(vector.frame) == [expected(vector)]


@pytest.mark.parametrize("vector", MESSAGES, ids=named)
def test_a_message_of_the_vectors_is_wrapped(vector: Vector) -> None:
    assert envelope_for(vector).wrap(vector.message) == vector.frame


@pytest.mark.parametrize("vector", [vector for vector in MESSAGES if not heard(vector)], ids=named)
def test_a_request_of_the_vectors_is_built(vector: Vector) -> None:
    built = request(vector.message[0], vector.slot, vector.content, vector.message[7:10])
    assert numbered(built, vector.sequence) == vector.message


@pytest.mark.parametrize("vector", ANSWERS, ids=named)
def test_an_answer_of_the_vectors_is_taken_apart(vector: Vector) -> None:
    answer = CcidAnswer.parse(vector.message)
    assert (answer.slot, answer.sequence, answer.content) == (vector.slot, vector.sequence, vector.content)
    assert (answer.state, answer.failed, answer.error) == (vector.status & 3, False, vector.error)


def test_the_host_asks_for_the_last_answer_again_by_the_frame_of_the_vectors() -> None:
    assert CcidCodec(AcsEnvelope).nack() == BY_NAME["host nak"].frame


@pytest.mark.parametrize("slot", range(3))
def test_the_envelope_of_an_acr122l_carries_the_slot(slot: int) -> None:
    envelope = AcsEnvelope(FrameCounters(), envelopes=3)
    answer = bytes((0x80, 0, 0, 0, 0, slot, 7, 0, 0, 0))
    frame = envelope.wrap(answer)
    assert (frame[0], frame[6], frame[-1]) == (0x02 + 0x10 * slot, 0, 0x03 + 0x10 * slot)
    assert parse(frame, envelopes=3) == [answer]


def test_the_envelope_of_another_sam_is_noise_to_a_reader_of_one_slot() -> None:
    assert parse(bytes.fromhex("12800000000000070000008713")) == []


@pytest.mark.parametrize("vector", [vector for vector in READ if heard(vector)], ids=named)
def test_a_frame_cut_at_any_byte_is_read_once_and_not_before_its_end(vector: Vector) -> None:
    for cut in range(len(vector.frame) + 1):
        envelope = AcsEnvelope(FrameCounters())
        envelope.receive_data(vector.frame[:cut])
        early = envelope.next_event()
        envelope.receive_data(vector.frame[cut:])
        late = envelope.next_event()
        assert [event for event in (early, late) if event is not NEED_DATA] == [expected(vector)]


@given(
    order=st.lists(st.sampled_from([vector for vector in READ if heard(vector)]), min_size=1, max_size=5),
    cuts=st.lists(st.integers(1, 20), max_size=60),
)
def test_frames_in_any_pieces_are_all_read(order: list[Vector], cuts: list[int]) -> None:
    stream = b"".join(vector.frame for vector in order)
    envelope, found, at = AcsEnvelope(FrameCounters()), list[EnvelopeEvent](), 0
    for size in [*cuts, len(stream)]:
        envelope.receive_data(stream[at : at + size])
        at += size
        while (event := envelope.next_event()) is not NEED_DATA:
            found.append(event)
    assert found == [expected(vector) for vector in order]


@given(noise=st.binary(min_size=1, max_size=300), vector=st.sampled_from(ANSWERS))
def test_noise_before_an_answer_does_not_hide_it(noise: bytes, vector: Vector) -> None:
    assert parse(noise + vector.frame)[-1] == vector.message


@pytest.mark.parametrize("vector", [vector for vector in READ if heard(vector)], ids=named)
def test_one_flipped_bit_never_makes_another_frame(vector: Vector) -> None:
    for bit in range(len(vector.frame) * 8):
        flipped = bytearray(vector.frame)
        flipped[bit // 8] ^= 1 << bit % 8
        assert [event for event in parse(bytes(flipped)) if not isinstance(event, Damaged)] == [], f"bit {bit}"


@pytest.mark.parametrize("vector", ANSWERS, ids=named)
def test_after_a_flipped_bit_the_repeated_answer_is_read(vector: Vector) -> None:
    for bit in range(0, len(vector.frame) * 8, 5):
        flipped = bytearray(vector.frame)
        flipped[bit // 8] ^= 1 << bit % 8
        assert parse(bytes(flipped) + vector.frame)[-1] == vector.message, f"bit {bit}"


def test_two_flips_of_one_bit_escape_the_check() -> None:
    """The known limit of an XOR, written down so that nobody trusts it further."""
    flipped = bytearray(BY_NAME["sam get challenge answer"].frame)
    flipped[12] ^= 1
    flipped[13] ^= 1
    assert parse(bytes(flipped)) == [bytes(flipped[1:-2])]


def test_the_bytes_of_a_damaged_answer_are_no_word_on_our_frame() -> None:
    damaged = AcsEnvelope(FrameCounters()).wrap(bytes.fromhex("80040000000000000000") + bytes.fromhex("02000003"))
    assert parse(damaged[:-2] + b"\x00\x03") == [Damaged("checksum")]


def test_a_message_above_the_limit_is_refused_at_its_header() -> None:
    envelope = AcsEnvelope(FrameCounters(), message_bytes_max=20)
    envelope.receive_data(b"\x02\x80\x0b\x00\x00\x00\x00\x00\x00\x00\x00")
    assert envelope.next_event() == Damaged("length")


def test_one_body_gives_the_same_events_through_both_envelopes() -> None:
    seen: list[list[FrameEvent]] = []
    for codec in (CcidCodec(), CcidCodec(AcsEnvelope)):
        sent = codec.send(ReaderCommand(request(0x65, 0), 100))
        number = sent[8 if sent[0] == 3 else 7]
        other = CcidCodec() if sent[0] == 3 else CcidCodec(AcsEnvelope)
        stranger, answer = (bytes((0x81, 0, 0, 0, 0, 0, n, 1, 0, 0)) for n in (number ^ 1, number))
        codec.receive_data(b"".join(other._envelope.wrap(each) for each in (stranger, answer)))  # noqa: SLF001 - as the reader wraps
        events: list[FrameEvent] = []
        while (event := codec.next_event()) is not NEED_DATA:
            events.append(event)
        assert codec.counters.strangers == 1
        seen.append(events)
    assert seen[0] == seen[1]
    assert [type(event) for event in seen[0]] == [Answered]
