"""The host's side of the PN532 line: which frames count as the answer."""

from __future__ import annotations

from drivers.framing import NEED_DATA, Acked, Answered, Damaged, ReaderCommand, Rejected
from drivers.readers.pn532 import Pn532Codec
from drivers.readers.pn532.frames import encode

ACK = bytes.fromhex("0000ff00ff00")
VERSION = ReaderCommand(b"\x02", 100)


def waiting(codec: Pn532Codec, incoming: bytes) -> list[object]:
    codec.receive_data(incoming)
    found: list[object] = []
    while (event := codec.next_event()) is not NEED_DATA:
        found.append(event)
    return found


def test_a_command_is_acknowledged_and_answered() -> None:
    codec = Pn532Codec()
    assert codec.send(VERSION).hex() == "0000ff02fed4022a00"
    assert waiting(codec, ACK + encode(0xD5, b"\x03\x32\x01\x06\x07")) == [Acked(), Answered(b"\x32\x01\x06\x07")]


def test_the_answer_to_another_command_is_a_stranger() -> None:
    codec = Pn532Codec()
    codec.send(VERSION)
    assert waiting(codec, encode(0xD5, b"\x41\x00\x90\x00")) == []
    assert codec.counters.strangers == 1


def test_our_own_command_coming_back_is_a_stranger() -> None:
    codec = Pn532Codec()
    assert waiting(codec, codec.send(VERSION)) == []
    assert codec.counters.strangers == 1


def test_nothing_is_an_answer_before_a_command_or_after_a_reset() -> None:
    codec = Pn532Codec()
    answer = encode(0xD5, b"\x03\x32\x01\x06\x07")
    assert waiting(codec, answer) == []
    codec.send(VERSION)
    codec.reset()
    assert waiting(codec, answer) == []


def test_a_syntax_error_is_told_apart_from_damage() -> None:
    codec = Pn532Codec()
    codec.send(VERSION)
    events = waiting(codec, bytes.fromhex("0000ff01ff7f8100") + bytes.fromhex("0000ff02fed5030000"))
    assert [type(event) for event in events] == [Rejected, Damaged]
