"""What the terminal asks of a PN532, command by command, and what it makes of the answers."""

from __future__ import annotations

import pytest

from drivers.chips.pn532.procedures import parse_list
from drivers.chips.pn532.status import fault_of
from drivers.contactless import FieldCrowded, FieldEmpty, FieldView, Target
from drivers.conversation import CardLeft
from drivers.readers.pn532 import Pn532, Pn532Settings
from edge.domain.errors import CardError, OneCardError, ReaderError
from tests.drivers.procedure_script import replay_procedure
from tests.drivers.reader_vectors import load

CARD = Target(number=1, sel_res=0x20, uid=bytes.fromhex("08a1b2c3"), ats=bytes.fromhex("067577810280"))
MEMORY_CARD = Target(number=1, sel_res=0x08, uid=bytes.fromhex("01020304"), ats=b"")
ANSWERS = {vector.name: vector.payload[1:] for vector in load("pn532") if vector.sender == "reader" and vector.payload}


def test_waking_configures_names_and_bounds() -> None:
    script = [("14010001", ""), ("02", "32010607"), ("1214", ""), ("3205000102", "")]
    _, commands = replay_procedure(Pn532(Pn532Settings(passive_retries=2)).wake(), script)
    assert commands[0].lead_in == bytes.fromhex("5555000000")
    assert all(command.repeatable for command in commands)


def test_another_chip_is_refused() -> None:
    with pytest.raises(ReaderError) as caught:
        replay_procedure(Pn532().probe(), [("02", "33010607")])
    assert caught.value.code == "READER_IDENTITY"


@pytest.mark.parametrize(
    ("answer", "view"),
    [
        (ANSWERS["list answer none"], FieldEmpty()),
        (ANSWERS["list answer 106a with ats"], CARD),
        (ANSWERS["list answer 106a no ats"], Target(1, 0x20, CARD.uid, b"")),
        (ANSWERS["list answer two cards"], FieldCrowded()),
        (b"\x06", FieldCrowded()),
        (bytes.fromhex("0101004408070401020304050600"), Target(1, 8, bytes.fromhex("04010203040506"), b"\x00")),
    ],
    ids=[
        "an empty field",
        "one card with its ATS",
        "one card without ATS",
        "two cards",
        "a collision",
        "a card with a seven-byte UID",
    ],
)
def test_a_list_of_targets_says(answer: bytes, view: FieldView) -> None:
    assert replay_procedure(Pn532().poll(), [("4a0200", answer.hex())])[0] == view


@pytest.mark.parametrize("answer", ["", "0101", "0101000420", "010100042004", "01010004200408a1b2"])
def test_a_cut_list_of_targets_is_a_frame_error_or_a_status(answer: str) -> None:
    with pytest.raises(OneCardError):
        parse_list(bytes.fromhex(answer))


def test_a_short_apdu_goes_out_and_comes_back_in_one_piece() -> None:
    select, answer = "00a4040008454447454341524400", "6f0a8408454447454341524490 00"
    raw, commands = replay_procedure(
        Pn532().transmit(CARD, bytes.fromhex(select), repeatable=True), [("4001" + select, "00" + answer)]
    )
    assert raw == bytes.fromhex(answer)
    assert commands[0].repeatable


def test_a_long_answer_is_fetched_part_by_part() -> None:
    first, last = ANSWERS["exchange more answer first"], ANSWERS["exchange more answer last"]
    script = [("400100b0000000" + "0200", first.hex()), ("4001", last.hex())]
    raw, commands = replay_procedure(Pn532().transmit(CARD, bytes.fromhex("00b00000000200"), repeatable=True), script)
    assert len(raw) == 514
    assert raw[-2:] == b"\x90\x00"
    assert [command.repeatable for command in commands] == [True, False]


def test_a_long_apdu_is_sent_part_by_part_and_never_repeated() -> None:
    apdu = bytes(range(256)) * 2
    script = [("4041" + apdu[:262].hex(), "00"), ("4001" + apdu[262:].hex(), "009000")]
    raw, commands = replay_procedure(Pn532().transmit(CARD, apdu, repeatable=True), script)
    assert raw == b"\x90\x00"
    assert [command.repeatable for command in commands] == [False, False]


def test_a_debit_is_marked_as_never_to_be_repeated() -> None:
    _, commands = replay_procedure(Pn532().transmit(CARD, b"\x80\x54", repeatable=False), [("40018054", "009000")])
    assert not commands[0].repeatable


def test_an_answer_without_end_is_refused() -> None:
    endless = ("4001", "40" + "00" * 262)
    with pytest.raises(CardError, match="CARD_MALFORMED"):
        replay_procedure(Pn532().transmit(CARD, b"\x00", repeatable=True), [("400100", endless[1]), *[endless] * 300])


@pytest.mark.parametrize(
    ("status", "code"),
    [
        *((status, "CARD_LEFT") for status in (0x01, 0x02, 0x03, 0x05, 0x0B, 0x13, 0x2B)),
        *((status, "READER_HARDWARE") for status in (0x0D, 0x2D)),
        *((status, "READER_REFUSED") for status in (0x10, 0x27, 0x3F)),
        *((status, "CARD_MALFORMED") for status in (0x04, 0x06, 0x07)),
        (0x2A, "CARD_SWAPPED"),
    ],
    ids=lambda value: f"{value:02x}" if isinstance(value, int) else value,
)
def test_a_status_means(status: int, code: str) -> None:
    assert fault_of(status, "exchange").code == code
    with pytest.raises(OneCardError) as caught:
        replay_procedure(Pn532().transmit(CARD, b"\x00", repeatable=True), [("400100", f"{status:02x}")])
    assert caught.value.code == code


def test_a_card_that_leaves_is_thrown_as_what_conversations_know() -> None:
    assert isinstance(fault_of(0x01, "exchange"), CardLeft)


@pytest.mark.parametrize(("answer", "there"), [("00", True), ("01", False), ("27", False), ("", False)])
def test_presence_is_asked_of_the_chip(answer: str, *, there: bool) -> None:
    assert replay_procedure(Pn532().present(CARD), [("0006", answer)])[0] is there


@pytest.mark.parametrize(("answer", "there"), [("00", False), (ANSWERS["list answer 106a no ats"].hex(), True)])
def test_presence_of_a_card_without_apdus_is_a_new_search(answer: str, *, there: bool) -> None:
    script = [("5200", "00"), ("4a0200", answer)]
    assert replay_procedure(Pn532().present(MEMORY_CARD), script)[0] is there


def test_the_field_is_switched_off_and_on() -> None:
    replay_procedure(Pn532().reset_field(), [("320100", ""), ("320101", "")])


def test_output_pins_are_validated_bits_of_port_3() -> None:
    replay_procedure(Pn532().write_outputs(0b101), [("0e8500", "")])
