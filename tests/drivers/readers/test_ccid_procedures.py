"""What the terminal asks of a SAM reader, and what it makes of the answers."""

from __future__ import annotations

import pytest

from drivers.readers.ccid import CcidSettings, SerialCcid
from drivers.readers.ccid.procedures import SlotState, speaks_t0
from drivers.readers.ccid.t0 import as_tpdu
from edge.domain.errors import OneCardError, SamError
from tests.drivers.procedure_script import replay_procedure

ATR = "3b05505341 4d31".replace(" ", "")


def ask(kind: str, slot: int, content: str = "", specific: str = "000000") -> str:
    length = len(content) // 2
    return f"{kind}{length:02x}000000{slot:02x}00{specific}{content}"


def answer(kind: str, slot: int, content: str = "", status: int = 0, error: int = 0) -> str:
    return f"{kind}{len(content) // 2:02x}000000{slot:02x}00{status:02x}{error:02x}00{content}"


def block(slot: int, tpdu: str, response: str) -> tuple[str, str]:
    return ask("6f", slot, tpdu), answer("80", slot, response)


def test_waking_reads_the_firmware_and_asks_for_movement_reports() -> None:
    ccid = SerialCcid()
    name = b"GemCorePOSPro".hex()
    replay_procedure(
        ccid.wake(), [(ask("6b", 0, "02"), answer("83", 0, name)), (ask("6b", 0, "010101"), answer("83", 0))]
    )
    assert ccid.firmware == "GemCorePOSPro"


@pytest.mark.parametrize(("voltage", "specific"), [(0, "000000"), (1, "010000"), (2, "020000"), (3, "030000")])
def test_power_on_uses_the_voltage_of_the_profile_and_sets_t0(voltage: int, specific: str) -> None:
    script = [
        (ask("62", 1, specific=specific), answer("80", 1, ATR)),
        (ask("61", 1, "1100000a00"), answer("82", 1, "1100000a00")),
    ]
    atr, _ = replay_procedure(SerialCcid(CcidSettings(voltage=voltage)).power_on(1), script)
    assert atr == bytes.fromhex(ATR)


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [(0x42, 0xFE, "SAM_ABSENT"), (0x41, 0x05, "SAM_ABSENT"), (0x40, 0xFE, "SAM_MUTE"), (0x40, 0x07, "READER_REFUSED")],
    ids=["an empty slot", "a slot that the reader does not have", "a mute SAM", "a byte the reader refuses"],
)
def test_power_on_fails_for(status: int, error: int, code: str) -> None:
    with pytest.raises(OneCardError) as caught:
        replay_procedure(
            SerialCcid().power_on(1), [(ask("62", 1, specific="010000"), answer("80", 1, "", status, error))]
        )
    assert caught.value.code == code


def test_a_sam_of_another_protocol_is_the_wrong_one() -> None:
    with pytest.raises(SamError, match="SAM_WRONG"):
        replay_procedure(SerialCcid().power_on(1), [(ask("62", 1, specific="010000"), answer("80", 1, "3b8101"))])


@pytest.mark.parametrize(
    ("atr", "offered"),
    [(ATR, True), ("3b00", True), ("3b80 00", True), ("3b80 01", False), ("3bf0 11 00 00 81 31", False), ("3b", False)],
    ids=["without TD", "without anything", "TD1 says T=0", "TD1 says T=1", "TD1 behind three others", "cut"],
)
def test_an_atr_offers_t0(atr: str, *, offered: bool) -> None:
    assert speaks_t0(bytes.fromhex(atr)) is offered


@pytest.mark.parametrize(
    ("apdu", "tpdu"),
    [
        ("00840000", "0084000000"),
        ("0084000008", "0084000008"),
        ("00a40000028011", "00a40000028011"),
        ("00a4000002801100", "00a40000028011"),
    ],
    ids=["case 1", "case 2", "case 3", "case 4"],
)
def test_an_apdu_becomes_a_tpdu(apdu: str, tpdu: str) -> None:
    assert as_tpdu(bytes.fromhex(apdu)) == bytes.fromhex(tpdu)


def test_an_exchange_follows_61xx() -> None:
    mac1 = "00000001f15cab75"
    script = [block(1, "807000000411223344", "6108"), block(1, "00c0000008", mac1 + "9000")]
    raw, commands = replay_procedure(
        SerialCcid().transmit(1, bytes.fromhex("807000000411223344"), repeatable=False), script
    )
    assert raw.hex() == mac1 + "9000"
    assert not any(command.repeatable for command in commands)


def test_an_exchange_collects_what_comes_in_several_61xx() -> None:
    script = [block(1, "00b0000000", "aa6102"), block(1, "00c0000002", "bbcc6101"), block(1, "00c0000001", "dd9000")]
    assert replay_procedure(SerialCcid().transmit(1, b"\x00\xb0\x00\x00\x00", repeatable=True), script)[0].hex() == (
        "aabbccdd9000"
    )


def test_an_exchange_follows_6cxx_with_the_right_length() -> None:
    script = [block(2, "00b0960000", "6c06"), block(2, "00b0960006", "4520012100019000")]
    raw, _ = replay_procedure(SerialCcid().transmit(2, bytes.fromhex("00b0960000"), repeatable=True), script)
    assert raw.hex() == "4520012100019000"


def test_6cxx_after_a_command_with_a_body_is_an_answer() -> None:
    script = [block(1, "80720000041122334400"[:-2], "6c08")]
    raw, _ = replay_procedure(SerialCcid().transmit(1, bytes.fromhex("807200000411223344"), repeatable=False), script)
    assert raw.hex() == "6c08"


def test_an_answer_without_end_is_a_mute_sam() -> None:
    endless = [block(1, "0084000008", "6108"), *[block(1, "00c0000008", "6108")] * 40]
    with pytest.raises(SamError, match="SAM_MUTE"):
        replay_procedure(SerialCcid().transmit(1, bytes.fromhex("0084000008"), repeatable=True), endless)


def test_an_answer_without_status_word_is_a_mute_sam() -> None:
    with pytest.raises(SamError, match="SAM_MUTE"):
        replay_procedure(
            SerialCcid().transmit(1, bytes.fromhex("0084000008"), repeatable=True), [block(1, "0084000008", "90")]
        )


@pytest.mark.parametrize("state", SlotState)
def test_a_slot_state_is_read(state: SlotState) -> None:
    script = [(ask("65", 3), answer("81", 3, status=state))]
    assert replay_procedure(SerialCcid().slot_state(3), script)[0] is state
