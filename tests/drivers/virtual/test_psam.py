"""The virtual PSAM: what it counts, when it forgets, and when it locks."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.virtual.psam import ATR, Psam
from drivers.virtual.psam_memory import PsamMemory
from drivers.virtual.purse import PurseCard
from tests.drivers.virtual.terminal_side import TERMINAL, ask, prepare, selected, started_psam

BODY = "11223344000000001000092025060108351201014930499900000017"
ISSUER = "02994520FFFFFFFF"
FULL, SHORT = "8070000024" + BODY + ISSUER, "807000001C" + BODY


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        pytest.param("00B0960006", TERMINAL.hex() + "9000", id="its number"),
        pytest.param("00B0970001", "019000", id="its key index"),
        pytest.param("00B0960000", TERMINAL.hex() + "9000", id="its number for Le 00"),
        pytest.param("00B0960008", "6c06", id="the right Le is told"),
        pytest.param("00B0980006", "6a82", id="no other file"),
        pytest.param("00A40000028011", "6108", id="its application"),
        pytest.param("00A4000002DF01", "6108", id="the ETC application"),
        pytest.param("00A40000021234", "6a82", id="no other application"),
        pytest.param("00C0000008", "6985", id="nothing waits"),
        pytest.param(FULL, "6985", id="no purchase outside the application"),
        pytest.param("807200000411223344", "6985", id="no MAC2 without a purchase"),
        pytest.param("0084000008", None, id="a challenge of eight bytes"),
        pytest.param("00A40000023F00", "9000", id="its master file"),
        pytest.param("00B0960A01", "6b00", id="nothing behind the end of a file"),
        pytest.param("00B096", "6700", id="half a header"),
        pytest.param("80FF000000", "6d00", id="an unknown instruction"),
        pytest.param("FF00000000", "6e00", id="an unknown class"),
    ],
)
def test_a_psam_after_reset_answers(command: str, answer: str | None) -> None:
    psam = Psam(TERMINAL)
    assert psam.reset() == ATR
    given = psam.process(bytes.fromhex(command)).hex()
    assert len(given) == 20 if answer is None else given.startswith(answer[:2])
    if answer is not None and answer[:2] != "61":
        assert given == answer


@pytest.mark.parametrize("command", [FULL, SHORT], ids=["with the issuer", "without the issuer"])
def test_a_purchase_counts_the_terminal_sequence_and_its_answer_waits(command: str) -> None:
    psam = started_psam(PsamMemory(sequence=41))
    assert psam.process(bytes.fromhex(command)) == b"\x61\x08"
    assert psam.process(bytes.fromhex("00C0000008"))[:4].hex() == "0000002a"
    assert psam.process(bytes.fromhex("00C0000008")) == b"\x69\x85"
    assert psam.sequence == 42


@pytest.mark.parametrize(
    ("command", "status"),
    [
        pytest.param("8070000023" + (BODY + ISSUER)[:-2], "6700", id="a byte too few"),
        pytest.param("8070000024" + BODY[:36] + "02" + BODY[38:] + ISSUER, "9403", id="another key version"),
        pytest.param("8070000024" + BODY[:38] + "09" + BODY[40:] + ISSUER, "9403", id="another algorithm"),
    ],
)
def test_a_wrong_purchase_is_refused_and_not_counted(command: str, status: str) -> None:
    psam = started_psam()
    assert ask(psam, command) == status
    assert psam.sequence == 0


def purchase() -> tuple[Psam, str]:
    """Return a PSAM that waits for MAC2, and the right one."""
    card, psam = selected(PurseCard(5000)), started_psam()
    return psam, card.process(prepare(card, psam, 300).debit)[4:8].hex()


def test_a_right_mac2_is_accepted_once() -> None:
    psam, mac2 = purchase()
    assert ask(psam, "8072000004" + mac2) == "9000"
    assert ask(psam, "8072000004" + mac2) == "6985"


@pytest.mark.parametrize("loss", ["reset", "power", "purchase"])
def test_the_session_is_lost(loss: str) -> None:
    psam, mac2 = purchase()
    if loss == "purchase":
        ask(psam, FULL)
    elif loss == "reset":
        psam.reset()
    else:
        psam.power_off()
    assert ask(psam, "8072000004" + mac2) == ("9302" if loss == "purchase" else "6985")


def test_a_refused_purchase_ends_the_session_before_it() -> None:
    psam, mac2 = purchase()
    assert ask(psam, "807000000100") == "6700"
    assert ask(psam, "8072000004" + mac2) == "6985"


@pytest.mark.parametrize("sequence", [0x00FF, 0xFFFF, 0x1234_FFFE], ids=["one byte", "two bytes", "four bytes"])
def test_card_and_psam_agree_wherever_the_terminal_sequence_stands(sequence: int) -> None:
    card, psam = selected(PurseCard(5000)), started_psam(PsamMemory(sequence=sequence))
    answer = card.process(prepare(card, psam, 300).debit)
    assert card.debits[0].psam_sequence == sequence + 1
    assert ask(psam, "8072000004" + answer[4:8].hex()) == "9000"


def test_a_wrong_mac2_costs_one_error_and_a_right_one_restores_them() -> None:
    psam, mac2 = purchase()
    assert ask(psam, "8072000004DEADBEEF") == "9302"
    assert psam.error_counter == psam.memory.error_limit - 1
    assert ask(psam, "8072000004" + mac2) == "9000"
    assert psam.error_counter == psam.memory.error_limit


def test_the_last_wrong_mac2_locks_it_for_good() -> None:
    psam = started_psam(PsamMemory(error_limit=2))
    ask(psam, FULL)
    assert [ask(psam, "8072000004DEADBEEF") for _ in range(3)] == ["9302", "9302", "6983"]
    psam.reset()
    ask(psam, "00A40000028011")
    assert psam.locked
    assert ask(psam, FULL) == "6983"


def test_sequence_and_errors_outlive_the_process_in_their_file(tmp_path: Path) -> None:
    state = tmp_path / "psam.json"
    psam = started_psam(PsamMemory(state))
    ask(psam, FULL)
    ask(psam, "8072000004DEADBEEF")
    again = started_psam(PsamMemory(state))
    assert (again.sequence, again.error_counter) == (1, psam.memory.error_limit - 1)


@pytest.mark.parametrize(
    ("command", "status"),
    [
        pytest.param("801A450210" + "00" * 16, "9000", id="the maintenance key on two levels"),
        pytest.param("801A440110" + "00" * 16, "9000", id="the TAC key"),
        pytest.param("801A990108" + "00" * 8, "6a88", id="no key of that usage"),
        pytest.param("801A450107" + "00" * 7, "6700", id="no whole factor"),
        pytest.param("80FA010008" + "00" * 8, "6985", id="no MAC without a key"),
    ],
)
def test_a_key_is_chosen_by_usage(command: str, status: str) -> None:
    assert ask(started_psam(), command) == status


def test_a_mac_takes_whole_blocks_alone() -> None:
    psam = started_psam()
    ask(psam, "801A440110" + "00" * 16)
    assert ask(psam, "80FA010007" + "00" * 7) == "6700"
    assert len(ask(psam, "80FA010010" + "00" * 16)) == 12
