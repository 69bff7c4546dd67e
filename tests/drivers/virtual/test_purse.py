"""What a purse answers, what it moves, and in which order it lets itself be asked."""

from __future__ import annotations

import pytest

from drivers.virtual.purse import PurseCard
from drivers.virtual.purse_files import LogLine, Personalisation
from tests.drivers.virtual.terminal_side import (
    SELECT_PURSE,
    TERMINAL,
    TIME,
    TRIP,
    ask,
    initialize,
    prepare,
    selected,
    send,
    started_psam,
)

FILE15 = "02994520ffffffff02010310493049990000001720240101204412310000"
PROVE = "805A0009020001"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        pytest.param("00B095001E", FILE15 + "9000", id="file 15 is read whole"),
        pytest.param("00B0950000", FILE15 + "9000", id="Le 00 reads all of it"),
        pytest.param("00B095000A", FILE15[:20] + "9000", id="a smaller Le reads the front"),
        pytest.param("00B095081E", "6c16", id="too large an Le is answered with the right one"),
        pytest.param("00B0951E01", "6b00", id="an offset behind the end is refused"),
        pytest.param("00B0990000", "6a82", id="an unknown file is not found"),
        pytest.param("00B2010C00", "6a82", id="an unknown record file is not found"),
        pytest.param("00B201C417", "00" * 23 + "9000", id="an unwritten log record is zeros"),
        pytest.param("00B20BC417", "6a83", id="there is no eleventh log record"),
        pytest.param("00B200C417", "6a83", id="there is no log record zero"),
        pytest.param("00B21EF430", "00" * 48 + "9000", id="there are thirty trip records"),
        pytest.param("00B201D480", "27010080" + "00" * 124 + "9000", id="the metro record has its id"),
        pytest.param("00B201D410", "27010080" + "00" * 12 + "9000", id="a record's front is read"),
        pytest.param("00B201D4FF", "6c80", id="a record's length is told"),
        pytest.param("00B201C017", "6a86", id="a record needs a form of P2"),
        pytest.param("805C000204", "000013889000", id="the balance with the limit"),
        pytest.param("805C010204", "000000009000", id="the limit"),
        pytest.param("805C030204", "000013889000", id="the balance without the limit"),
        pytest.param("805C040204", "6a86", id="no fifth form of the balance"),
        pytest.param("805401000F" + "00" * 15, "6985", id="DEBIT needs INITIALIZE"),
        pytest.param(TRIP.hex(), "6985", id="a record update needs INITIALIZE"),
        pytest.param("805003020B0200000064452001210001", "9403", id="an unknown key index"),
        pytest.param("805003020A01000000644520012100", "6700", id="INITIALIZE of the wrong length"),
        pytest.param("805002020B0100000064452001210001", "6a86", id="INITIALIZE of no known kind"),
        pytest.param("805003020B0100001389452001210001", "9401", id="more than there is"),
        pytest.param("00B09500", "02" + FILE15[2:] + "9000", id="no Le reads all of it"),
        pytest.param("00E2000000", "6d00", id="an unknown instruction"),
        pytest.param("A0B0950000", "6e00", id="an unknown class"),
        pytest.param("00B095", "6700", id="half a header"),
        pytest.param("841E000004DEADBEEF", "6985", id="blocking needs a challenge"),
        pytest.param(PROVE, "9406", id="no proof without a debit"),
        pytest.param("805A0109020001", "6a86", id="a proof of another kind"),
        pytest.param("805A00090101", "6700", id="a proof of a number of one byte"),
        pytest.param("0084000003", "6700", id="a challenge of three bytes"),
        pytest.param("00B000001E", "6986", id="READ BINARY without a file"),
        pytest.param("00A4040008A0000006320101", "6700", id="a body shorter than its length"),
    ],
)
def test_a_selected_card_answers(command: str, answer: str) -> None:
    assert send(selected(PurseCard(5000)), command) == answer


@pytest.mark.parametrize("command", ["00B095001E", "00B201C417", "805C000204", initialize(1).hex(), PROVE])
def test_nothing_is_given_before_select(command: str) -> None:
    assert send(PurseCard(), command) == "6985"


def test_select_gives_the_copy_of_file_15() -> None:
    assert send(PurseCard(), SELECT_PURSE.hex()) == f"6f318408a000000632010105a5259f0801029f0c1e{FILE15}9000"


def test_the_directory_names_the_purse() -> None:
    assert "4f08a000000632010105" in send(PurseCard(), "00A404000E325041592E5359532E444446303100")


@pytest.mark.parametrize("command", ["00A4040008A000000333010101", "00A40000023F00", "00A4040000"])
def test_another_application_is_not_found(command: str) -> None:
    assert send(PurseCard(), command) == "6a82"


def test_a_foreign_card_says_so_in_file_17() -> None:
    card = selected(PurseCard(personalisation=Personalisation(city="2900", interop=False)))
    assert send(card, "00B097003C")[:20] == "00000156" + "2900" + "2900" + "0000"


@pytest.mark.parametrize("capp", [True, False], ids=["compound", "plain"])
@pytest.mark.parametrize("issuer", [True, False], ids=["two levels of keys", "one level of keys"])
def test_a_debit_moves_balance_counter_and_log_and_the_psam_accepts_its_mac2(*, capp: bool, issuer: bool) -> None:
    card, psam = selected(PurseCard(5000, seq=7, issuer_level=issuer)), started_psam()
    order = prepare(card, psam, 300, capp=capp, issuer=issuer)
    assert (card.balance_fen, card.counter, card.log) == (5000, 7, ())
    answer = card.process(order.debit)
    assert answer[-2:] == b"\x90\x00"
    assert (card.balance_fen, card.counter) == (4700, 8)
    kind = "09" if capp else "06"
    assert send(card, "00B201C417") == f"0008000000{300:08x}{kind}{TERMINAL.hex()}{TIME}9000"
    assert ask(psam, "8072000004" + answer[4:8].hex()) == "9000"


def test_trip_and_metro_records_are_written_by_the_debit_alone() -> None:
    card, psam = selected(PurseCard(5000)), started_psam()
    metro = "2701008001" + "22" * 123
    order = prepare(card, psam, 0)
    assert send(card, "80DC01D080" + metro) == "9000"
    assert send(card, "00B201D480").startswith("2701008000")
    card.process(order.debit)
    assert send(card, "00B201D480") == metro + "9000"
    assert send(card, "00B201F430") == TRIP[5:].hex() + "9000"


@pytest.mark.parametrize(
    ("update", "status"),
    [
        pytest.param("80DC00F02F" + "00" * 47, "6700", id="a trip record of 47 bytes"),
        pytest.param("80DC00C017" + "00" * 23, "6a82", id="the log cannot be written"),
        pytest.param("80DC07D080" + "00" * 128, "6a83", id="no such record"),
        pytest.param("80DC01D078" + "00" * 120, "6700", id="a metro record of 120 bytes"),
    ],
)
def test_a_wrong_record_update_is_refused(update: str, status: str) -> None:
    card = selected(PurseCard())
    card.process(initialize(100))
    assert send(card, update) == status


@pytest.mark.parametrize(
    ("debit", "status"),
    [
        pytest.param("805401000E" + "00" * 14, "6700", id="a DEBIT of 14 bytes"),
        pytest.param("805402000F" + "00" * 15, "6a86", id="a DEBIT of another kind"),
    ],
)
def test_a_wrong_debit_is_refused_and_ends_the_session(debit: str, status: str) -> None:
    card = selected(PurseCard(5000))
    card.process(initialize(100, capp=False))
    assert send(card, debit) == status
    assert send(card, "805401000F" + "00" * 15) == "6985"
    assert card.balance_fen == 5000


def test_the_newest_trip_is_the_first() -> None:
    card, psam = selected(PurseCard(5000)), started_psam()
    for station in ("11", "22"):
        order = prepare(card, psam, 0)
        trip = station + "00" * 47
        assert send(card, "80DC00F030" + trip) == "9000"
        card.process(order.debit)
    assert [send(card, f"00B20{number}F430")[:2] for number in (1, 3)] == ["22", "11"]


def test_a_compound_debit_without_a_record_is_refused() -> None:
    card = selected(PurseCard())
    card.process(initialize(100))
    assert send(card, "805401000F" + "00" * 15) == "6985"


def test_a_plain_purchase_takes_no_records() -> None:
    card = selected(PurseCard())
    card.process(initialize(100, capp=False))
    assert send(card, TRIP.hex()) == "6985"


def test_a_wrong_mac1_moves_nothing_and_ends_the_session() -> None:
    card, psam = selected(PurseCard(5000)), started_psam()
    order = prepare(card, psam, 300)
    wrong = order.debit[:-1] + bytes([order.debit[-1] ^ 1])
    assert send(card, wrong.hex()) == "9302"
    assert send(card, order.debit.hex()) == "6985"
    assert (card.balance_fen, card.counter, card.debits) == (5000, 0, ())


@pytest.mark.parametrize("loss", ["field", "select", "initialize"])
def test_a_lost_session_debits_nothing(loss: str) -> None:
    card, psam = selected(PurseCard(5000)), started_psam()
    order = prepare(card, psam, 300)
    if loss == "field":
        card.power_off()
    elif loss == "select":
        selected(card)
    else:
        card.process(initialize(300))
    assert send(card, order.debit.hex()) in {"6985", "9302"}
    assert card.balance_fen == 5000


def test_a_debit_cannot_be_replayed() -> None:
    card, psam = selected(PurseCard(5000)), started_psam()
    order = prepare(card, psam, 300)
    card.process(order.debit)
    assert send(card, order.debit.hex()) == "6985"
    prepare(card, psam, 300)
    assert send(card, order.debit.hex()) == "9302"
    assert card.balance_fen == 4700


def test_the_proof_comes_in_the_reverse_order_and_outlives_the_field() -> None:
    card, psam = selected(PurseCard(5000)), started_psam()
    answer = card.process(prepare(card, psam, 300).debit)
    card.power_off()
    selected(card)
    assert send(card, PROVE + "08") == (answer[4:8] + answer[:4]).hex() + "9000"


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param("805A0006020001", id="of another kind"),
        pytest.param("805A0009020002", id="of a number that is not yet used"),
        pytest.param("805A0009020000", id="of INITIALIZE's own number"),
    ],
)
def test_no_other_transaction_is_proven(asked: str) -> None:
    card, psam = selected(PurseCard(5000)), started_psam()
    card.process(prepare(card, psam, 300).debit)
    assert send(card, asked) == "9406"


def test_only_the_last_transaction_is_proven() -> None:
    card, psam = selected(PurseCard(5000)), started_psam()
    card.process(prepare(card, psam, 300).debit)
    card.process(prepare(card, psam, 200).debit)
    assert send(card, PROVE) == "9406"
    card.top_up(1000, TERMINAL, TIME)
    assert send(card, "805A0009020002") == "9406"


def test_the_log_keeps_ten_and_the_card_remembers_every_debit() -> None:
    card, psam = selected(PurseCard(5000)), started_psam()
    for _ in range(12):
        card.process(prepare(card, psam, 100).debit)
    assert [line.sequence for line in card.log] == list(range(12, 2, -1))
    assert sum(debit.line.amount_fen for debit in card.debits) == 1200 == 5000 - card.balance_fen
    assert [debit.balance_after_fen for debit in card.debits][-1] == card.balance_fen


def test_a_card_with_a_history_shows_it_newest_first() -> None:
    card = selected(PurseCard(4600, seq=5))
    card.memory.log.append(LogLine(5, 0, 300, 9, TERMINAL, "20250601083512"))
    card.memory.log.append(LogLine(4, 0, 0, 9, bytes.fromhex("452003400002"), "20250601080102"))
    assert send(card, "00B201C417") == "00050000000000012c0945200121000120250601083512" + "9000"
    assert send(card, "00B202C417") == "0004000000000000000945200340000220250601080102" + "9000"
    assert send(card, "00B201C500")[:92] == send(card, "00B201C417")[:46] + send(card, "00B202C417")[:46]


def test_an_overdraft_may_be_used_up_to_its_limit() -> None:
    card, psam = selected(PurseCard(100, overdraft_fen=500)), started_psam()
    assert send(card, initialize(601).hex()) == "9401"
    card.process(prepare(card, psam, 600).debit)
    assert card.balance_fen == -500
    assert [send(card, f"805C0{form}0204")[:8] for form in range(4)] == ["00000000", "000001f4", "000001f4", "00000000"]


def test_the_counter_has_an_end() -> None:
    assert send(selected(PurseCard(seq=0xFFFF)), initialize(1).hex()) == "9402"
