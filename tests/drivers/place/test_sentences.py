"""Sentences of announcers, in any division of the bytes, among noise and strangers."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.framing import NEED_DATA, Damaged
from drivers.place.sentences import SENTENCE_MAX, SentenceCodec
from edge.domain.driver_key import Key, KeyPress
from edge.domain.duty import Move, Turn
from edge.domain.stops import Fix
from edge.ports.place import News

GGA = b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n"
RMC = b"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n"
"""The two sentences that public explanations of NMEA 0183 show, with their checksums."""
GSA = b"$GPGSA,A,3,04,05,,09,12,,,24,,,,,2.5,1.3,2.1*39\r\n"
MUNICH = Fix(48_117_300, 11_516_667)


def framed(body: str) -> bytes:
    return b"$%s*%02X\r\n" % (body.encode(), reduce(xor, body.encode()))


ON = b"$PBUSN,1042,B17,K5,up*62\r\n"
SOUND = [
    pytest.param(ON, Move(Turn.SIGNED_ON, "1042", "B17", "K5", "up"), id="a driver signs on"),
    pytest.param(b"$PBUSS,03*68\r\n", Move(Turn.STOP, station="03"), id="a stop is reached"),
    pytest.param(b"$PBUSL,K5*0A\n", Move(Turn.LINE, line="K5"), id="a line, without a carriage return"),
    pytest.param(b"$PBUSF*52\r\n", Move(Turn.SIGNED_OFF), id="a driver signs off"),
    pytest.param(b"$PBUSK,pay_for,3*20\r\n", KeyPress(Key.PAY_FOR, 3), id="a driver lets the next tap pay for three"),
    pytest.param(b"$PBUSK,companion*05\r\n", KeyPress(Key.COMPANION), id="a driver's key without a number"),
    pytest.param(b"$PBUSK,waive,*33\r\n", KeyPress(Key.WAIVE), id="an empty number is none"),
    pytest.param(GGA, MUNICH, id="a position by GGA"),
    pytest.param(RMC, MUNICH, id="a position by RMC"),
    pytest.param(framed("BDGGA,1,3605.88,S,12021.42,W,2,,,,,,"), Fix(-36_098_000, -120_357_000), id="south and west"),
    pytest.param(framed("GNRMC,,A,9000,N,18000,E,,,,,"), Fix(90_000_000, 180_000_000), id="the edges of the earth"),
    pytest.param(b"$PBUSF$PBUSS,03*68\r\n", Move(Turn.STOP, station="03"), id="a sentence after one that broke off"),
]


def moves(stream: bytes, codec: SentenceCodec | None = None) -> list[News | Damaged]:
    codec = codec or SentenceCodec()
    codec.receive_data(stream)
    found = []
    while (event := codec.next_event()) is not NEED_DATA:
        found.append(event)
    return found


@pytest.mark.parametrize(("sentence", "move"), SOUND)
def test_sentence(sentence: bytes, move: News) -> None:
    assert moves(sentence) == [move]


BROKEN = [
    pytest.param(ON.replace(b"B17", b"B18"), "checksum", id="a bit was lost"),
    pytest.param(b"$PBUSN,,B17*1E\r\n", "fields", id="a driver signs on without a number"),
    pytest.param(b"$PBUSF,now*08\r\n", "fields", id="more fields than the sentence has"),
    pytest.param(b"$PBUSK*5F\r\n", "names no key", id="a key that is not named"),
    pytest.param(b"$PBUSK,dance*1E\r\n", "names no key", id="a key that there is not"),
    pytest.param(b"$PBUSK,pay_for,12*10\r\n", "names no key", id="more riders than a key can mean"),
    pytest.param(b"$PBUSK,pay_for,3,4*38\r\n", "names no key", id="more fields than a key has"),
    pytest.param(framed("GPRMC,,A,4807.038,N"), "no position", id="a position that breaks off"),
    pytest.param(framed("GPRMC,,A,4807.038,E,01131.000,N,,,,"), "no position", id="hemispheres that are exchanged"),
    pytest.param(framed("GPRMC,,A,9000.1,N,01131.000,E,,,,"), "no position", id="a latitude beyond the pole"),
    pytest.param(framed("GPRMC,,A,4860.0,N,01131.000,E,,,,"), "no position", id="minutes that are an hour"),
    pytest.param(framed("GPGGA,,48O7,N,01131.000,E,1,,,,,,,"), "no position", id="an angle with a letter"),
    pytest.param(b"$PBUSS,\xff*94\r\n", "UTF-8", id="a stop that is no text"),
]


@pytest.mark.parametrize(("sentence", "reason"), BROKEN)
def test_what_is_damaged_moves_nothing(sentence: bytes, reason: str) -> None:
    (event,) = moves(sentence)
    assert isinstance(event, Damaged)
    assert reason in event.reason


def test_what_a_receiver_says_beside_its_position_is_a_stranger() -> None:
    codec = SentenceCodec()
    assert moves(GSA, codec) == []
    assert (codec.counters.strangers, codec.counters.checksum_errors) == (1, 0)


@pytest.mark.parametrize("body", ["GPRMC,,V,,,,,,,,", "GPGGA,,,,,,0,,,,,,,", "GPRMC,,V,4807.038,N,01131.000,E,,,,"])
def test_a_receiver_that_does_not_know_where_it_is_says_nothing(body: str) -> None:
    codec = SentenceCodec()
    assert moves(framed(body), codec) == []
    assert codec.counters.frames == 1


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
    assert found == [MUNICH, Move(Turn.SIGNED_ON, "1042", "B17", "K5", "up")]
