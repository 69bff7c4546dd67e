"""Amounts, rounds, risk and what is kept for clearing."""

from __future__ import annotations

from typing import Final

import pytest
from pyemv import ac, kd

from drivers.cards.bankcard import authenticate
from drivers.cards.bankcard.clearing import check_hides, field_55
from drivers.cards.bankcard.settings import HolderChecks, TerminalCountry
from drivers.oda.records import primitives
from drivers.tlv import parse
from drivers.virtual.bank_card import BankCard
from drivers.virtual.bank_cryptogram import MASTER_KEY, card_key, session_key
from drivers.virtual.bank_plan import BankPlan
from edge.domain.errors import CardError, CardRefused
from edge.domain.medium import BankCardSnapshot, CardNumber, CardRound
from tests.drivers.cards.bank_bench import Talk, bank_settings, tapped

PAN: Final = "6228000100001117"


def objects(medium: BankCardSnapshot) -> dict[int, bytes]:
    return {each.tag: each.value for each in primitives(parse(medium.known.field_55))}


def test_a_nominal_tap_is_one_round() -> None:
    known = tapped(BankCard(), bank_settings(nominal_fen=1)).known
    assert (known.rounds, known.exact_due) == ((CardRound(1, 23, "ARQC"),), False)


@pytest.mark.parametrize("method", ["fdda", "dda", "cda"])
@pytest.mark.parametrize("algorithm", ["rsa", "sm2"])
def test_the_exact_amount_is_a_second_round_and_both_counters_stay(method: str, algorithm: str) -> None:
    card = BankCard(BankPlan(method=method, algorithm=algorithm))
    settings = bank_settings(nominal_fen=1, exact=True)
    first = tapped(card, settings)
    assert first.known.exact_due
    talk = Talk(card)
    exact = talk.hold(authenticate(settings, first, 1234))
    assert exact.known.refusal == ""
    assert "80CA" not in talk.instructions()
    assert exact.known.rounds == (CardRound(1, 23, "ARQC"), CardRound(1234, 24, "ARQC"))
    assert exact.known.currency == "0156"
    assert not exact.known.exact_due
    assert objects(exact)[0x9F02].hex() == "000000001234"
    assert objects(exact)[0x9F36].hex() == "0018"


def test_the_holder_whom_the_first_round_knew_is_kept() -> None:
    card, settings = BankCard(), bank_settings(exact=True)
    first = tapped(card, settings)
    named = BankCardSnapshot(first.number, first.known, first.track_2, CardNumber("AB" * 16))
    assert Talk(card).hold(authenticate(settings, named, 5)).holder == CardNumber("AB" * 16)


def test_another_card_for_the_exact_amount_is_a_swap() -> None:
    settings = bank_settings(exact=True)
    first = tapped(BankCard(), settings)
    with pytest.raises(CardError) as caught:
        Talk(BankCard(BankPlan(number="6228000100001125"))).hold(authenticate(settings, first, 5))
    assert caught.value.code == "CARD_SWAPPED"


def test_a_card_at_the_end_of_its_counter_refuses_the_exact_amount() -> None:
    card, settings = BankCard(BankPlan(counter=0xFFFE)), bank_settings(exact=True)
    first = tapped(card, settings)
    with pytest.raises(CardRefused):
        Talk(card).hold(authenticate(settings, first, 5))


@pytest.mark.parametrize(
    ("nominal_fen", "over", "tvr"),
    [
        pytest.param(100, False, "0000000000", id="at the limit"),
        pytest.param(101, True, "0000008000", id="above the limit"),
    ],
)
@pytest.mark.parametrize("method", ["fdda", "dda", "cda"])
def test_an_amount_above_the_floor_limit_is_told(nominal_fen: int, over: bool, tvr: str, method: str) -> None:  # noqa: FBT001 - a column of the table
    card = BankCard(BankPlan(method=method))
    medium = tapped(card, bank_settings(nominal_fen=nominal_fen, floor_fen=100))
    assert (medium.known.over_floor, medium.known.tvr.hex()) == (over, tvr)
    assert objects(medium)[0x95].hex() == tvr


@pytest.mark.parametrize(
    ("qualifiers", "checks", "asked"),
    [
        pytest.param("3000", HolderChecks(), "", id="neither"),
        pytest.param("8000", HolderChecks(), "pin", id="a PIN"),
        pytest.param("4000", HolderChecks(), "signature", id="a signature"),
        pytest.param("C000", HolderChecks(), "pin", id="both: the PIN goes first"),
        pytest.param("8000", HolderChecks(pin=0x0080, signature=0x0040), "", id="the same bits under another profile"),
        pytest.param("0040", HolderChecks(pin=0x0080, signature=0x0040), "signature", id="bits of that profile"),
    ],
)
def test_the_profile_says_which_bits_ask_for_the_holder(qualifiers: str, checks: HolderChecks, asked: str) -> None:
    medium = tapped(BankCard(BankPlan(qualifiers=qualifiers)), bank_settings(holder_checks=checks))
    assert medium.known.holder_check == asked


def test_the_cards_currency_is_asked_only_where_the_profile_wants_it() -> None:
    settings = bank_settings(where=TerminalCountry(ask_currency=False))
    assert tapped(BankCard()).known.currency == "0156"
    assert tapped(BankCard(), settings).known.currency == ""


@pytest.mark.parametrize("method", ["fdda", "dda", "cda", "sda"])
@pytest.mark.parametrize("algorithm", ["rsa", "sm2"])
def test_clearing_gets_what_an_acquirer_asks_for_and_no_number(method: str, algorithm: str) -> None:
    medium = tapped(BankCard(BankPlan(method=method, algorithm=algorithm)))
    found = objects(medium)
    asked = {0x9F26, 0x9F27, 0x9F10, 0x9F37, 0x9F36, 0x95, 0x9A, 0x9C, 0x9F02, 0x5F2A, 0x82, 0x9F1A, 0x9F03, 0x9F33}
    assert found.keys() >= asked
    assert found[0x9F27] == b"\x80"
    assert not found.keys() & {0x5A, 0x57, 0x5F20, 0x9F1F, 0x5F24}
    assert PAN not in medium.known.field_55.hex()
    assert PAN not in repr(medium)
    assert PAN.encode() not in medium.known.field_55


def test_track_2_exists_for_the_box_alone() -> None:
    medium = tapped(BankCard())
    assert medium.to_seal.reveal().startswith(PAN + "D3912")
    assert PAN not in repr(medium)


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(bytes.fromhex(PAN), id="as binary coded digits"),
        pytest.param(bytes.fromhex("A" + PAN + "A"), id="half a byte further"),
        pytest.param(PAN.encode(), id="as text"),
    ],
)
def test_a_number_hidden_in_another_object_is_found(shown: bytes) -> None:
    with pytest.raises(CardError, match="repeats its number"):
        field_55({0x9F10: b"\x07" + shown}, CardNumber(PAN))
    with pytest.raises(CardError, match="repeats its number"):
        check_hides(shown, CardNumber(PAN))


def test_an_object_that_no_clearing_holds_is_malformed() -> None:
    with pytest.raises(CardError, match="65 bytes"):
        field_55({0x9F10: bytes(65)}, CardNumber(PAN))


@pytest.mark.filterwarnings("ignore:.*TripleDES")  # pyemv uses it in the way and from the place of older releases
@pytest.mark.parametrize("sequence", ["00", "01"])
@pytest.mark.parametrize("method", ["fdda", "dda", "cda", "sda"])
@pytest.mark.parametrize("floor_fen", [100, 10_000], ids=["above the floor limit", "below it"])
def test_the_cryptogram_is_what_a_second_implementation_makes_of_field_55(
    sequence: str, method: str, floor_fen: int
) -> None:
    """The card's key and the MAC are pyemv's; it does not know PBOC's session key."""
    settings = bank_settings(nominal_fen=150, floor_fen=floor_fen)
    medium = tapped(BankCard(BankPlan(sequence=sequence, method=method)), settings)
    found = objects(medium)
    key = kd.derive_icc_mk_a(MASTER_KEY, PAN, sequence)
    assert key == card_key(MASTER_KEY, PAN, sequence)
    session = session_key(key, int.from_bytes(found[0x9F36], "big"))
    covered = (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37, 0x82, 0x9F36)
    message = b"".join(found[tag] for tag in covered) + found[0x9F10][4:7]
    assert ac.generate_ac(session, message, ac.PaddingType.EMV) == found[0x9F26]
    assert found.get(0x5F34, bytes.fromhex(sequence)).hex() == sequence
