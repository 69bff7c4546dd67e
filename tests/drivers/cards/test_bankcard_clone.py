"""A clone that shows signatures of the real card, collected beforehand, is refused."""

from __future__ import annotations

from typing import Final

import pytest

from drivers.cards.bankcard import BankCardSettings
from drivers.virtual.bank_card import BankCard
from drivers.virtual.bank_plan import BankPlan
from drivers.virtual.emv_objects import tlv
from tests.drivers.cards.bank_bench import bank_settings, tapped

DRAWN: Final = 0xA1
"""The first byte of the unpredictable number that the terminal draws at the clone."""


def drawing(challenge: bytes) -> BankCardSettings:
    return bank_settings(random_bytes=lambda length: challenge[:length])


class Collected:
    """A card that gives recorded answers, but asks the terminal by a list of its own."""

    def __init__(self, real: BankCard, pdol: str) -> None:
        self._pdol = bytes.fromhex(pdol)
        self._answers: dict[bytes, bytes] = {}
        self._real = real

    def record(self, apdu: bytes) -> bytes:
        answer = self._real.process(apdu)
        self._answers[_kind(apdu)] = answer
        return answer

    def process(self, apdu: bytes) -> bytes:
        answer = self._answers.get(_kind(apdu), b"\x6a\x82")
        if apdu[:2] == b"\x00\xa4" and not apdu[5:].startswith(b"2PAY"):
            return tlv("6F", tlv("84", apdu[5:-1]) + tlv("A5", tlv("9F38", self._pdol))) + b"\x90\x00"
        return answer


def _kind(apdu: bytes) -> bytes:
    """Return what tells commands apart: header, and the name that is selected."""
    return apdu if apdu[1] == 0xA4 else apdu[:4]


class Recorder:
    """The thief's terminal: a sound one, whose number the thief chooses."""

    def __init__(self, clone: Collected) -> None:
        self._clone = clone

    def process(self, apdu: bytes) -> bytes:
        return self._clone.record(apdu)


OWN_LIST: Final = "9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6901"
LISTS: Final = {
    "its number in one byte, the amount in nine: the same bytes are signed": "9F37019F0209" + "9F66045F2A029A03",
    "its number in no byte, the amount in ten": "9F37009F020A" + "9F66045F2A029A03",
    "its number in five bytes, the amount in five": "9F37059F0205" + "9F66045F2A029A03",
    "no number at all": "9F02069F66045F2A029A03",
    "its own list, with another number drawn": OWN_LIST,
}


@pytest.mark.parametrize("pdol", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("algorithm", ["rsa", "sm2"])
def test_a_list_that_moves_the_borders_of_what_is_signed_gains_nothing(pdol: str, algorithm: str) -> None:
    clone = Collected(BankCard(BankPlan(algorithm=algorithm)), pdol)
    collected = tapped(Recorder(clone), drawing(bytes([DRAWN, 0, 0, 0])))
    assert collected.known.refusal == ""
    known = tapped(clone, drawing(bytes([DRAWN, 0x77, 0x88, 0x99]))).known
    assert known.refusal in {"dynamic_signature.challenge", "dynamic_signature.hash", "dynamic_signature.signature"}


def test_the_same_number_drawn_again_would_verify() -> None:
    """What the test above rests on: nothing but the number keeps the recording out."""
    clone = Collected(BankCard(), OWN_LIST)
    challenge = bytes([DRAWN, 0, 0, 0])
    tapped(Recorder(clone), drawing(challenge))
    assert tapped(clone, drawing(challenge)).known.refusal == ""
