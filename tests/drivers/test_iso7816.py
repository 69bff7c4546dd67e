"""Building commands and fetching whole answers."""

from __future__ import annotations

import pytest

from drivers.apdu import CARD, Response
from drivers.conversation import replay
from drivers.iso7816 import command, exchange, read_binary, read_record, select_name
from edge.domain.errors import CardError, SamError

READ = bytes.fromhex("00B095001E")

BUILT = {
    "SELECT by name asks for any length": (
        select_name(CARD, bytes.fromhex("A000000632010105")),
        "00A4040008A00000063201010500",
    ),
    "READ BINARY addresses a file by its short identifier": (read_binary(CARD, 0x15, 30, "file"), "00B095001E"),
    "READ RECORD shifts the short identifier": (read_record(CARD, 0x18, 3, 23, "log"), "00B203C417"),
    "a body without answer has no Le": (command("sam:psam", "00A40000", b"\x80\x11", step="df"), "00A40000028011"),
}


@pytest.mark.parametrize(("built", "apdu"), BUILT.values(), ids=BUILT)
def test_commands_have_the_bytes_of_the_specification(built: object, apdu: str) -> None:
    assert getattr(built, "apdu").hex().upper() == apdu  # noqa: B009 - the table holds commands only


def run(*answers: tuple[str, str], channel: str = CARD, first: bytes = READ) -> Response:
    script = [(bytes.fromhex(sent), bytes.fromhex(answer)) for sent, answer in answers]
    asked = command(channel, first[:4].hex(), first[5:-1], le=first[-1], step="read")
    return replay(exchange(asked), script)


def test_a_whole_answer_is_returned_as_it_is() -> None:
    assert run(("00B095001E", "AABB9000")) == Response(b"\xaa\xbb", 0x9000)


def test_a_wrong_length_is_repeated_with_the_right_one() -> None:
    assert run(("00B095001E", "6C02"), ("00B0950002", "AABB9000")).body == b"\xaa\xbb"


def test_a_waiting_answer_is_fetched_and_joined() -> None:
    fetched = run(("00B095001E", "AA6102"), ("00C0000002", "BB6101"), ("00C0000001", "CC9000"))
    assert fetched == Response(b"\xaa\xbb\xcc", 0x9000)


def test_a_length_is_added_to_a_command_with_body() -> None:
    asked = command(CARD, "80500302", b"\x01\x02", step="initialize")
    script = [(bytes.fromhex("80500302020102"), b"\x6c\x0f"), (bytes.fromhex("805003020201020F"), b"\x90\x00")]
    assert replay(exchange(asked), script).fine


@pytest.mark.parametrize(("channel", "family"), [(CARD, CardError), ("sam:psam", SamError)])
def test_an_answer_without_end_is_a_coded_error_of_its_channel(channel: str, family: type[Exception]) -> None:
    endless = [("00B095001E", "6C1E")] * 5
    with pytest.raises(family, match="does not end"):
        run(*endless, channel=channel)
