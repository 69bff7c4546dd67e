"""Prepare and debit, word for word: the order of the steps, and what each answer means for the money."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.cards.epurse import IssuerRules, debit, prepare
from drivers.cards.epurse.rules import DEFAULT_RULES
from drivers.conversation import CardLeft
from edge.domain.debit import DebitOrder, DebitOutcome, DebitProof, RefusedDebit, TornDebit, TornReason
from edge.domain.errors import CardError, CardRefused, LocalProtocolError, OneCardError, ReaderError, SamError
from tests.drivers.cards.purse_script import ORDER, PREPARED, PSAM, PURSE, Script, ok, run

INITIALIZE = "805003020B" + "01000000C8452001210001" + "0F"
INITIALIZED = "000011F8" + "0005" + "000000" + "01" + "00" + "11223344"
TRIP = ("05" + "0000452001210001" + "02" + "03180000000000" + "000000C8" + "00001130") + (
    "20250601083512" + "4520" + "02994520FFFFFFFF" + "000000000000"
)
UPDATE = "80DC00F030" + TRIP
SERIAL_LOW8, ISSUER = "4930499900000017", "02994520FFFFFFFF"
MAC1 = "8070000024" + "11223344" + "0005" + "000000C8" + "09" + "20250601083512" + "0100" + SERIAL_LOW8 + ISSUER
MAC1_ANSWER = "00000007AABBCCDD"
PREPARING: Script = [(INITIALIZE, ok(INITIALIZED)), (UPDATE, "9000"), (MAC1, ok(MAC1_ANSWER))]

DEBIT = "805401000F" + "00000007" + "20250601083512" + "AABBCCDD" + "08"
TAC, MAC2 = "01020304", "05060708"
CHECK = "8072000004" + MAC2
SOUND_DEBIT: Script = [(DEBIT, ok(TAC + MAC2)), (CHECK, "9000")]


def test_prepare_initializes_writes_the_trip_and_gets_mac1() -> None:
    assert run(prepare(ORDER, PURSE, PSAM, DEFAULT_RULES), PREPARING) == PREPARED


def test_a_plain_purchase_writes_no_trip() -> None:
    script: Script = [
        (INITIALIZE.replace("805003", "805001"), ok(INITIALIZED)),
        (MAC1.replace("000000C809", "000000C806"), ok(MAC1_ANSWER)),
    ]
    prepared = run(prepare(ORDER, PURSE, PSAM, IssuerRules(compound=False)), script)
    assert prepared == replace(PREPARED, kind=6)


def test_bit_31_of_the_balance_in_initialize_is_no_money() -> None:
    script: Script = [(INITIALIZE, ok("8" + INITIALIZED[1:])), *PREPARING[1:]]
    assert run(prepare(ORDER, PURSE, PSAM, DEFAULT_RULES), script).balance_fen == 4600


def test_a_balance_other_than_the_snapshots_is_believed() -> None:
    trip = UPDATE.replace("00001130", "0000012C")
    script: Script = [(INITIALIZE, ok("000001F4" + INITIALIZED[8:])), (trip, "9000"), PREPARING[2]]
    assert run(prepare(ORDER, PURSE, PSAM, DEFAULT_RULES), script).balance_fen == 500


INSUFFICIENT: dict[str, Script] = {
    "the card says so": [(INITIALIZE, "9401")],
    "the card's balance says so": [(INITIALIZE, ok("000000C7" + INITIALIZED[8:]))],
}


@pytest.mark.parametrize("script", INSUFFICIENT.values(), ids=INSUFFICIENT)
def test_a_balance_that_does_not_suffice_is_status_9401(script: Script) -> None:
    with pytest.raises(CardRefused) as refused:
        run(prepare(ORDER, PURSE, PSAM, DEFAULT_RULES), script)
    assert refused.value.status == 0x9401


FAILURES: dict[str, tuple[Script, type[OneCardError], str]] = {
    "initialize refused": ([(INITIALIZE, "6985")], CardError, "CARD_STATUS"),
    "initialize cut short": ([(INITIALIZE, ok(INITIALIZED[:-2]))], CardError, "CARD_MALFORMED"),
    "trip refused": ([PREPARING[0], (UPDATE, "6A82")], CardError, "CARD_STATUS"),
    "card gone at the trip": ([PREPARING[0], (UPDATE, CardLeft())], CardError, "CARD_LEFT"),
    "PSAM refuses MAC1": ([*PREPARING[:2], (MAC1, "6985")], SamError, "SAM_STATUS"),
    "PSAM locked": ([*PREPARING[:2], (MAC1, "6983")], SamError, "SAM_LOCKED"),
    "PSAM mute": ([*PREPARING[:2], (MAC1, SamError("SAM_MUTE", "no answer"))], SamError, "SAM_MUTE"),
    "line lost": ([(INITIALIZE, ReaderError("LINK_LOST", "unplugged"))], ReaderError, "LINK_LOST"),
}


@pytest.mark.parametrize(("script", "family", "code"), FAILURES.values(), ids=FAILURES)
def test_a_failure_before_the_intent_is_a_coded_error(script: Script, family: type[OneCardError], code: str) -> None:
    with pytest.raises(family) as failed:
        run(prepare(ORDER, PURSE, PSAM, DEFAULT_RULES), script)
    assert failed.value.code == code


ABSURD = {
    "a negative amount": replace(ORDER, amount_fen=-1),
    "an amount above the card's field": replace(ORDER, amount_fen=1 << 31),
    "a time of thirteen digits": replace(ORDER, time="2025060108351"),
    "a time with a letter": replace(ORDER, time="2025060108351x"),
    "a city of three digits": replace(ORDER, trip=replace(ORDER.trip, city="452")),
    "a line of six bytes": replace(ORDER, trip=replace(ORDER.trip, line_station=bytes(6))),
    "an acquirer of seven bytes": replace(ORDER, trip=replace(ORDER.trip, acquirer=bytes(7))),
    "a trip kind above one byte": replace(ORDER, trip=replace(ORDER.trip, kind=256)),
}


@pytest.mark.parametrize("order", ABSURD.values(), ids=ABSURD)
def test_an_absurd_order_is_found_before_the_card_sees_a_byte(order: DebitOrder) -> None:
    with pytest.raises(LocalProtocolError):
        run(prepare(order, PURSE, PSAM, DEFAULT_RULES), [])


PROOF = DebitProof(bytes.fromhex(TAC), bytes.fromhex(MAC2), mac2_checked=True, balance_after_fen=4400)
MUTE = SamError("SAM_MUTE", "no answer")
LOST = ReaderError("LINK_LOST", "unplugged")

OUTCOMES: dict[str, tuple[Script, DebitOutcome]] = {
    "9000 and MAC2 right is a proof": (SOUND_DEBIT, PROOF),
    "an answer to be fetched is the same": ([(DEBIT, "6108"), ("00C0000008", ok(TAC + MAC2)), SOUND_DEBIT[1]], PROOF),
    "MAC2 refused is torn, never voided": ([SOUND_DEBIT[0], (CHECK, "9302")], TornDebit(TornReason.MAC2_REFUSED)),
    "a PSAM that lost the session leaves MAC2 unchecked": (
        [SOUND_DEBIT[0], (CHECK, "6985")],
        replace(PROOF, mac2_checked=False),
    ),
    "a PSAM that is locked leaves MAC2 unchecked": (
        [SOUND_DEBIT[0], (CHECK, "6983")],
        replace(PROOF, mac2_checked=False),
    ),
    "a mute PSAM leaves MAC2 unchecked": ([SOUND_DEBIT[0], (CHECK, MUTE)], replace(PROOF, mac2_checked=False)),
    "a lost line to the PSAM leaves it unchecked": (
        [SOUND_DEBIT[0], (CHECK, LOST)],
        replace(PROOF, mac2_checked=False),
    ),
    "a card that leaves is torn": ([(DEBIT, CardLeft())], TornDebit(TornReason.CARD_LEFT)),
    "a lost line is torn": ([(DEBIT, LOST)], TornDebit(TornReason.LINK_LOST)),
    "damaged bytes are torn": ([(DEBIT, CardError("CARD_MALFORMED", "x"))], TornDebit(TornReason.ANSWER_MALFORMED)),
    "a mute channel is torn": ([(DEBIT, MUTE)], TornDebit(TornReason.ANSWER_MALFORMED)),
    "9000 without TAC is torn": ([(DEBIT, "9000")], TornDebit(TornReason.ANSWER_MALFORMED)),
    "seven bytes of answer are torn": ([(DEBIT, ok(TAC + MAC2[:-2]))], TornDebit(TornReason.ANSWER_MALFORMED)),
    "a card that leaves while it is fetched is torn": (
        [(DEBIT, "6108"), ("00C0000008", CardLeft())],
        TornDebit(TornReason.CARD_LEFT),
    ),
    "an answer that cannot be fetched is torn": (
        [(DEBIT, "6108"), ("00C0000008", "6F00")],
        TornDebit(TornReason.ANSWER_MALFORMED),
    ),
    "a fetch refused is torn: the debit was executed": (
        [(DEBIT, "6108"), ("00C0000008", "6985")],
        TornDebit(TornReason.ANSWER_MALFORMED),
    ),
}


@pytest.mark.parametrize(("script", "outcome"), OUTCOMES.values(), ids=OUTCOMES)
def test_each_end_of_a_debit_has_one_meaning(script: Script, outcome: DebitOutcome) -> None:
    assert run(debit(PREPARED, PSAM), script) == outcome


NOT_EXECUTED = ["6400", "6700", "6982", "6985", "6A80", "6A86", "6B00", "6C08", "6D00", "6E00", "9302", "9303", "9401"]


@pytest.mark.parametrize("status", NOT_EXECUTED)
def test_a_status_that_says_not_executed_is_a_refusal(status: str) -> None:
    assert run(debit(PREPARED, PSAM), [(DEBIT, status)]) == RefusedDebit(int(status, 16))


@pytest.mark.parametrize("status", ["6200", "6283", "63C2", "6581", "6F00", "0000", "9100", "FFFF"])
def test_a_status_that_leaves_it_open_is_torn(status: str) -> None:
    assert run(debit(PREPARED, PSAM), [(DEBIT, status)]) == TornDebit(TornReason.ANSWER_MALFORMED)


BALANCE_READ = "805C000204"
COMPARED: dict[str, tuple[str | Exception, DebitOutcome]] = {
    "the balance fell by the amount": (ok("00001130"), PROOF),
    "the balance did not fall": (ok("000011F8"), TornDebit(TornReason.ANSWER_MALFORMED)),
    "the balance cannot be read": ("6985", PROOF),
    "the card has left with a checked proof": (CardLeft(), PROOF),
}


@pytest.mark.parametrize(("answer", "outcome"), COMPARED.values(), ids=COMPARED)
def test_the_balance_is_compared_where_the_profile_wants_it(answer: str | Exception, outcome: DebitOutcome) -> None:
    script: Script = [*SOUND_DEBIT, (BALANCE_READ, answer)]
    assert run(debit(PREPARED, PSAM, compare_balance=DEFAULT_RULES), script) == outcome
