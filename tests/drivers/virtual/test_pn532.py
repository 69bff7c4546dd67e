"""The virtual PN532 answers the reader vectors byte for byte, in any division of the bytes."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.virtual.card_time import CardTime
from drivers.virtual.device import Reply
from drivers.virtual.field import Field
from drivers.virtual.pn532 import VirtualPn532
from drivers.virtual.pn532_frames import ACK, ERROR, wrap
from drivers.virtual.purse import PurseCard
from tests.drivers.virtual.edge_card import FCI, EdgeCard
from tests.drivers.virtual.terminal_side import vectors

PAIRS = vectors("readers/pn532_pairs.json")["cases"]
FIRMWARE = bytes.fromhex("0000FF02FED4022A00")
LIST_ONE = bytes.fromhex("0000FF04FCD44A0100E100")
BOUNDED = bytes.fromhex("0000FF06FAD43205000102F200")
CHALLENGE = "40010084000008"
NOBODY = bytes.fromhex("0000FF03FDD54B00E000")


def chip(cards: int = 0) -> VirtualPn532:
    field = Field(card_time=CardTime(enabled=False))
    for uid in ("08A1B2C3", "08D4E5F6")[:cards]:
        field.present(EdgeCard(bytes.fromhex(uid)))
    return VirtualPn532(field)


def said(replies: Iterable[Reply]) -> list[bytes]:
    return [reply.outgoing for reply in replies if reply.outgoing]


def command(device: VirtualPn532, payload: str) -> bytes:
    """Send a command and return the answer's payload after D5."""
    answers = said(device.receive(wrap(b"\xd4" + bytes.fromhex(payload))))
    assert answers[0] == ACK
    frame = answers[1]
    start = 8 if frame[3:5] == b"\xff\xff" else 5
    return frame[start:-2][1:]


@pytest.mark.parametrize("case", PAIRS, ids=[case["case"] for case in PAIRS])
def test_a_request_is_acknowledged_and_answered(case: dict[str, str]) -> None:
    device = chip({"none": 0, "one": 1, "two": 2}[case["field"]])
    for request in case["first"]:
        device.receive(bytes.fromhex(request))
    assert said(device.receive(bytes.fromhex(case["request"]))) == [ACK, bytes.fromhex(case["answer"])]


@given(st.data())
def test_the_division_of_the_bytes_does_not_matter(draw: st.DataObject) -> None:
    stream = b"\x55\x55\x00" + FIRMWARE + BOUNDED + LIST_ONE
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    device = chip()
    answers: list[bytes] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        answers += said(device.receive(stream[start:end]))
    whole = said(chip().receive(stream))
    assert answers == whole
    assert whole[-1] == NOBODY


@given(st.binary(max_size=300))
def test_no_bytes_can_end_the_chip(noise: bytes) -> None:
    device = chip(1)
    device.receive(noise + bytes(300))
    device.receive(bytes(300))
    assert said(device.receive(bytes(10) + FIRMWARE))[-2:][0] == ACK


@pytest.mark.parametrize("position", range(3, len(FIRMWARE) - 1))
def test_a_flipped_bit_is_never_answered_and_the_next_frame_is(position: int) -> None:
    device = chip()
    damaged = FIRMWARE[:position] + bytes([FIRMWARE[position] ^ 0x10]) + FIRMWARE[position + 1 :]
    assert said(device.receive(damaged)) == []
    device.receive(bytes(300))
    assert said(device.receive(FIRMWARE))[0] == ACK


@pytest.mark.parametrize("payload", ["D4FF", "D5", "D4", "D44A", "D44A0300", "D40603", "D4080000", "D410FF", "D432"])
def test_what_the_chip_does_not_know_gets_the_error_frame(payload: str) -> None:
    assert said(chip().receive(wrap(bytes.fromhex(payload)))) == [ACK, ERROR]


@pytest.mark.parametrize("code", [0x00, 0x02, 0x04, 0x06, 0x08, 0x0C, 0x0E, 0x10, 0x12, 0x14, 0x16, 0x32, 0x40, 0x42])
def test_every_command_without_arguments_is_answered(code: int) -> None:
    assert len(said(chip().receive(wrap(bytes([0xD4, code]))))) == 2


def test_nack_repeats_the_last_answer() -> None:
    device = chip()
    answer = said(device.receive(FIRMWARE))[1]
    assert said(device.receive(bytes.fromhex("0000FFFF0000"))) == [answer]


def test_a_register_remembers_what_was_written() -> None:
    device = chip()
    command(device, "0863025A6303A5")
    assert command(device, "0663026303") == bytes.fromhex("075AA5")


def test_the_ports_change_only_where_they_are_said_to_be_valid() -> None:
    device = chip()
    command(device, "0E8506")
    assert command(device, "0C") == bytes.fromhex("0D050603")


def test_the_rate_changes_at_the_hosts_ack() -> None:
    device = chip()
    command(device, "1007")
    assert device.baud == 115200
    device.receive(ACK)
    assert device.baud == 921600


def test_the_rate_changes_at_the_next_frame_where_the_hosts_ack_was_lost() -> None:
    device = chip()
    command(device, "1007")
    command(device, "02")
    assert device.baud == 921600


def test_a_chip_powered_down_needs_five_bytes_to_wake() -> None:
    device = chip()
    command(device, "16B0")
    assert said(device.receive(FIRMWARE)) == []
    assert said(device.receive(bytes(10) + FIRMWARE))[0] == ACK


def test_a_chip_that_never_wakes_stays_silent() -> None:
    device = chip()
    device.wakes = False
    command(device, "16B0")
    assert said(device.receive(bytes(10) + FIRMWARE)) == []


def test_polling_for_ever_is_the_default_and_ends_when_a_card_comes() -> None:
    device, later = chip(), list[Reply]()
    device.on_unsolicited = later.append
    assert said(device.receive(LIST_ONE)) == [ACK]
    device.field.present(EdgeCard())
    assert said(later)[0][5:9] == bytes.fromhex("D54B0101")


def test_a_poll_that_was_aborted_says_nothing_when_a_card_comes() -> None:
    device, later = chip(), list[Reply]()
    device.on_unsolicited = later.append
    device.receive(LIST_ONE)
    device.receive(ACK)
    device.field.present(EdgeCard())
    assert later == []


def test_auto_poll_without_end_finds_the_card_that_comes_later() -> None:
    device, later = chip(), list[Reply]()
    device.on_unsolicited = later.append
    device.receive(wrap(bytes.fromhex("D460FF0120")))
    device.field.present(EdgeCard())
    assert said(later)[0][5:10] == bytes.fromhex("D56101200F")


def test_auto_poll_with_an_end_says_that_nobody_came() -> None:
    assert command(chip(), "60020120") == bytes.fromhex("6100")


def test_a_host_command_in_two_parts_reaches_the_card_whole() -> None:
    device = chip(1)
    command(device, "4A0100")
    assert command(device, "404100A4040008454447") == bytes.fromhex("4100")
    assert command(device, "40014543415244")[1:] == b"\x00" + FCI + b"\x90\x00"


def test_a_card_deselected_is_silent_until_it_is_selected_again() -> None:
    device = chip(1)
    command(device, "4A0100")
    command(device, "4401")
    assert command(device, CHALLENGE) == bytes.fromhex("4101")
    assert command(device, "5401") == bytes.fromhex("5500")
    assert command(device, CHALLENGE)[:2] == bytes.fromhex("4100")


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        pytest.param("40090084000008", "4127", id="an exchange with a target that is not there"),
        pytest.param("4001", "4127", id="the rest of an answer that has no rest"),
        pytest.param("4209", "4301", id="raw bytes that no card understands"),
        pytest.param("5409", "5527", id="the selection of a target that is not there"),
        pytest.param("5209", "5300", id="the release of a target that is not there"),
        pytest.param("0006", "0100", id="a presence check of the selected card"),
        pytest.param("60FF0111", "", id="an endless poll for another technology"),
    ],
)
def test_after_listing_one_card(sent: str, answer: str) -> None:
    device = chip(1)
    command(device, "4A0100")
    answers = said(device.receive(wrap(b"\xd4" + bytes.fromhex(sent))))
    assert answers == [ACK, *([wrap(b"\xd5" + bytes.fromhex(answer))] if answer else [])]


def test_a_deselected_or_removed_card_is_not_present() -> None:
    device = chip(1)
    command(device, "4A0100")
    command(device, "4401")
    assert command(device, "0006") == bytes.fromhex("0101")
    command(device, "5401")
    assert command(device, "0006") == bytes.fromhex("0100")
    device.field.remove()
    assert command(device, "0006") == bytes.fromhex("0101")
    assert command(device, CHALLENGE) == bytes.fromhex("4101")


def test_without_automatic_rats_the_chip_exchanges_nothing() -> None:
    device = chip(1)
    command(device, "1200")
    command(device, "4A0100")
    assert command(device, CHALLENGE) == bytes.fromhex("4101")


def test_only_the_card_with_the_wanted_uid_is_listed() -> None:
    device = chip(2)
    assert command(device, "4A020008D4E5F6")[:2] == bytes.fromhex("4B01")
    command(device, "3205000102")
    assert command(device, "4A020008000000") == bytes.fromhex("4B00")


def test_a_field_switched_off_forgets_its_targets() -> None:
    device = chip(1)
    command(device, "4A0100")
    command(device, "320100")
    assert command(device, "0006") == bytes.fromhex("0101")
    assert command(device, CHALLENGE) == bytes.fromhex("4127")


def test_a_chip_that_lost_power_is_as_new() -> None:
    device = chip(1)
    for used in ("4A0100", "08630501", "1200", "3205000102", "1007", "16B0"):
        device.receive(bytes(10) + wrap(b"\xd4" + bytes.fromhex(used)))
    device.power_cycle()
    assert (device.baud, device.asleep) == (115200, False)
    assert command(device, "04") == bytes.fromhex("0500000080")
    assert command(device, "066305") == bytes.fromhex("0740")
    assert command(device, "4A0100")[-6:] == EdgeCard().ats


def test_a_random_uid_is_another_one_at_every_activation() -> None:
    device = chip()
    device.field.present(PurseCard(random_uid=True))
    answers = {command(device, "4A0100")[6:11] for _ in range(3)}
    assert len(answers) == 3
    assert {answer[:2] for answer in answers} == {b"\x04\x08"}


@pytest.mark.parametrize("status", [0x06, 0x0D, 0x2B], ids=["collision", "heat", "the card has disappeared"])
def test_a_status_can_be_ordered_for_the_next_exchange(status: int) -> None:
    device = chip(1)
    command(device, "4A0100")
    device.initiator.fail_next = status
    assert command(device, CHALLENGE) == bytes([0x41, status])
    assert command(device, CHALLENGE)[1] == 0x00


def test_the_general_status_counts_targets_and_tells_the_field() -> None:
    device = chip(2)
    assert command(device, "04") == bytes.fromhex("0500000080")
    command(device, "4A0200")
    assert command(device, "04") == bytes.fromhex("05000102" + "01000010" + "02000010" + "80")
