"""Cards unlike a sound one, and how a card is blocked."""

from __future__ import annotations

from drivers.virtual.psam import Psam
from drivers.virtual.purse import PurseCard
from drivers.virtual.purse_crypto import Sm4Assumed
from drivers.virtual.purse_deviation import BalanceHabit, Deviation
from tests.drivers.virtual.terminal_side import (
    SELECT_PURSE,
    ask,
    prepare,
    selected,
    send,
    started_psam,
)


def test_a_card_that_sets_bit_31_and_one_that_hides_its_limit() -> None:
    top = selected(PurseCard(500, deviation=Deviation(balance=BalanceHabit.TOP_BIT)))
    assert send(top, "805C000204") == "800001f49000"
    hiding = selected(PurseCard(500, deviation=Deviation(balance=BalanceHabit.NO_LIMIT)))
    assert send(hiding, "805C010204") == "6a86"


def test_an_emulator_with_constant_macs_is_refused_by_the_psam() -> None:
    card, psam = selected(PurseCard(5000, deviation=Deviation(constant_mac=True))), started_psam()
    answer = card.process(prepare(card, psam, 300).debit)
    assert answer[-2:] == b"\x90\x00"
    assert ask(psam, "8072000004" + answer[4:8].hex()) == "9302"


def test_a_frozen_counter_shows_the_same_number_for_ever() -> None:
    card, psam = selected(PurseCard(5000, seq=4, deviation=Deviation(frozen_counter=True))), started_psam()
    card.process(prepare(card, psam, 300).debit)
    assert prepare(card, psam, 300).counter == 4
    assert card.counter == 5


def test_a_card_whose_file_15_is_not_its_copy() -> None:
    card = PurseCard(deviation=Deviation(file15_differs=True))
    fci = send(card, SELECT_PURSE.hex())
    assert send(card, "00B095001E")[:-4] not in fci


def test_the_assumed_sm4_purse_agrees_with_its_psam() -> None:
    card, psam = selected(PurseCard(5000, algorithm=Sm4Assumed())), started_psam()
    answer = card.process(prepare(card, psam, 300).debit)
    assert ask(psam, "8072000004" + answer[4:8].hex()) == "9000"


def blocking_mac(psam: Psam, card: PurseCard) -> str:
    random = send(card, "0084000004")[:8]
    own = card.personalisation
    assert ask(psam, f"801A450210{own.serial8.hex()}{own.issuer8.hex()}") == "9000"
    return ask(psam, f"80FA050010{random}00000000841E000004800000")[:8]


def test_a_card_is_blocked_by_the_psams_mac_and_stays_blocked() -> None:
    card = selected(PurseCard())
    assert send(card, "841E000004" + blocking_mac(started_psam(), card)) == "9000"
    card.power_off()
    assert send(card, SELECT_PURSE.hex()) == "9303"


def test_a_card_is_not_blocked_by_a_wrong_or_a_used_mac() -> None:
    card, psam = selected(PurseCard()), started_psam()
    mac = blocking_mac(psam, card)
    assert send(card, "841E000004DEADBEEF") == "6988"
    assert send(card, "841E000004" + mac) == "6985"
    assert send(card, SELECT_PURSE.hex()).endswith("9000")
