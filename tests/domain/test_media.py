"""What a medium tells a decision never names its holder, and makes the same decision when it is read again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.domain.medium import (
    BankCardFacts,
    BankCardSnapshot,
    CardNumber,
    CardRound,
    Family,
    IdentityFacts,
    IdentitySnapshot,
)
from sync.wire import decode, encode
from tests.domain import media_samples

PAN = "6230910000000017"
TRACK_2 = "6230910000000017D3012220"
CODE = "370200D156000005A1B2C3D4E5F60718"

FACTS = replace(
    media_samples.BANK_CARD,
    rounds=(CardRound(1, 17, "ARQC"), CardRound(200, 18, "ARQC")),
    field_55=bytes.fromhex("9F36020012"),
)
BANK_CARD = BankCardSnapshot(CardNumber(PAN), FACTS, CardNumber(TRACK_2), CardNumber(CODE))
IDENTITY = IdentitySnapshot(CardNumber(CODE), "20200101", "20300101")


def test_the_last_round_is_the_one_that_counts() -> None:
    assert (FACTS.counter, FACTS.cryptogram_type) == (18, "ARQC")


def test_a_card_that_gave_no_round_has_neither_counter_nor_cryptogram() -> None:
    refused = BankCardFacts(
        "", "unionpay", "", "x.y", "", "", "", (), False, b"", b"", b"", False, "", None, False, b""
    )
    assert (refused.counter, refused.cryptogram_type) == (None, "")


@pytest.mark.parametrize(
    ("medium", "facts_type", "family"),
    [
        pytest.param(BANK_CARD, BankCardFacts, Family.BANK_CARD, id="bank card"),
        pytest.param(IDENTITY, IdentityFacts, Family.IDENTITY, id="identity"),
    ],
)
def test_facts_survive_the_wire_and_read_the_same_again(
    medium: BankCardSnapshot | IdentitySnapshot, facts_type: type[BankCardFacts | IdentityFacts], family: Family
) -> None:
    written = encode(medium.facts())
    read = decode(facts_type, written)
    assert read.snapshot().facts() == medium.facts()
    assert read.snapshot().family is medium.family is family


def test_neither_facts_nor_what_is_printed_hold_a_number() -> None:
    written = encode(BANK_CARD.facts()) + encode(IDENTITY.facts())
    shown = repr(BANK_CARD) + repr(IDENTITY)
    for number in (PAN, TRACK_2, CODE):
        assert number not in shown
        assert number.encode() not in written
        assert bytes.fromhex(number) not in written


def test_the_clearing_box_takes_track_2_where_there_is_one() -> None:
    assert BANK_CARD.to_seal.reveal() == TRACK_2
    assert BankCardSnapshot(CardNumber(PAN), FACTS).to_seal.reveal() == PAN
