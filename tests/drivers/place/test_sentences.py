"""Sentences of announcers, in any division of the bytes, among noise and strangers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.framing import NEED_DATA, Damaged
from drivers.place.sentences import SENTENCE_MAX, SentenceCodec
from edge.domain.driver_key import Key, KeyPress
from edge.domain.duty import Move, Turn

GGA = b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n"
"""The GPS sentence that public explanations of NMEA 0183 show, with its checksum."""
ON = b"$PBUSN,1042,B17,K5,up*62\r\n"
SOUND = [
    pytest.param(ON, Move(Turn.SIGNED_ON, "1042", "B17", "K5", "up"), id="a driver signs on"),
    pytest.param(b"$PBUSS,03*68\r\n", Move(Turn.STOP, station="03"), id="a stop is reached"),
    pytest.param(b"$PBUSL,K5*0A\n", Move(Turn.LINE, line="K5"), id="a line, without a carriage return"),
    pytest.param(b"$PBUSF*52\r\n", Move(Turn.SIGNED_OFF), id="a driver signs off"),
    pytest.param(b"$PBUSK,pay_for,3*20\r\n", KeyPress(Key.PAY_FOR, 3), id="a driver lets the next tap pay for three"),
    pytest.param(b"$PBUSK,companion*05\r\n", KeyPress(Key.COMPANION), id="a driver's key without a number"),
    pytest.param(b"$PBUSK,waive,*33\r\n", KeyPress(Key.WAIVE), id="an empty number is none"),
    pytest.param(b"$PBUSF$PBUSS,03*68\r\n", Move(Turn.STOP, station="03"), id="a sentence after one that broke off"),
]


def moves(stream: bytes, codec: SentenceCodec | None = None) -> list[Move | KeyPress | Damaged]:
    codec = codec or SentenceCodec()
    codec.receive_data(stream)
    found = []
    while (event := codec.next_event()) is not NEED_DATA:
        found.append(event)
    return found


@pytest.mark.parametrize(("sentence", "move"), SOUND)
def test_sentence(sentence: bytes, move: Move | KeyPress) -> None:
    assert moves(sentence) == [move]


BROKEN = [
    pytest.param(ON.replace(b"B17", b"B18"), "checksum", id="a bit was lost"),
    pytest.param(b"$PBUSN,,B17*1E\r\n", "fields", id="a driver signs on without a number"),
    pytest.param(b"$PBUSF,now*08\r\n", "fields", id="more fields than the sentence has"),
    pytest.param(b"$PBUSK*5F\r\n", "names no key", id="a key that is not named"),
    pytest.param(b"$PBUSK,dance*1E\r\n", "names no key", id="a key that there is not"),
    pytest.param(b"$PBUSK,pay_for,12*10\r\n", "names no key", id="more riders than a key can mean"),
    pytest.param(b"$PBUSK,pay_for,3,4*38\r\n", "names no key", id="more fields than a key has"),
    pytest.param(b"$PBUSS,\xff*94\r\n", "UTF-8", id="a stop that is no text"),
]


@pytest.mark.parametrize(("sentence", "reason"), BROKEN)
def test_what_is_damaged_moves_nothing(sentence: bytes, reason: str) -> None:
    (event,) = moves(sentence)
    assert isinstance(event, Damaged)
    assert reason in event.reason


def test_a_gps_receiver_on_the_line_is_a_stranger() -> None:
    codec = SentenceCodec()
    assert moves(GGA, codec) == []
    assert (codec.counters.strangers, codec.counters.checksum_errors) == (1, 0)


def test_noise_without_end_takes_no_memory_and_hides_no_sentence() -> None:
    codec = SentenceCodec()
    assert moves(b"\x00" * 10 * SENTENCE_MAX, codec) == []
    assert moves(b"\n" + ON, codec) == [Move(Turn.SIGNED_ON, "1042", "B17", "K5", "up")]
    assert codec.counters.dropped_bytes == 10 * SENTENCE_MAX


@given(cuts=st.lists(st.integers(0, len(GGA + ON)), max_size=6))
def test_every_division_of_the_bytes_gives_the_same_moves(cuts: list[int]) -> None:
    stream, codec = GGA + ON, SentenceCodec()
    edges = [0, *sorted(cuts), len(stream)]
    found = [event for start, end in pairwise(edges) for event in moves(stream[start:end], codec)]
    assert found == [Move(Turn.SIGNED_ON, "1042", "B17", "K5", "up")]
