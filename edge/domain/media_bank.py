"""A bank card as it was read and authenticated offline (QuickPass: kernel 7, EMV book 2)."""

from __future__ import annotations

from typing import Final

from edge.domain.card_number import CardNumber
from edge.domain.family import Family
from edge.domain.frozen import frozen

PREFIX_DIGITS: Final = 6


@frozen
class CardRound:
    """One GET PROCESSING OPTIONS with its cryptogram: the amount the card signed and what it answered with it.

    ``counter`` is the card's ATC (9F36), None where the card gave none; ``cryptogram_type`` AAC, TC, ARQC or RFU, empty
    where there was no cryptogram.
    """

    amount_fen: int
    counter: int | None
    cryptogram_type: str


@frozen
class BankCardFacts:
    """What a decision reads of a bank card, and nothing that names its holder: written into the entry for its replay.

    ``application`` is the AID in hexadecimal, ``scheme`` the profile's name of what was accepted, ``method`` the method
    of offline data authentication (sda, dda, cda, fdda; empty: none was found).
    ``refusal`` is empty where the card was authenticated, else the one stable reason, ``part.fault``.
    ``issuer_prefix`` are the first six digits of the number. Dates are eight digits, empty where the card states none.
    ``rounds`` are in order; the last is the one to be cleared. ``exact_due``: the profile wants the exact amount, and
    so far only the round that identifies was made.
    ``cvr`` are the card's verification results from 9F10; ``tvr`` and ``tsi`` the terminal's (tags 95, 9B).
    ``over_floor``: the amount is above the profile's floor limit. ``holder_check`` is what the card asks of its holder:
    empty, ``pin`` or ``signature``. ``offline_fen`` is the amount still available offline (9F5D), None: not told.
    ``by_test_key``: a published test key ended the chain.
    ``field_55`` is what an acquirer needs besides the number: BER-TLV without 5A, 57 or any other tag that holds it.
    ``currency`` is the card's own (9F51), four digits; empty where it was not asked or did not say.
    ``currency_fits`` says whether that is the terminal's, None where nothing was told to compare.
    """

    application: str
    scheme: str
    method: str
    refusal: str
    issuer_prefix: str
    valid_from: str
    valid_until: str
    rounds: tuple[CardRound, ...]
    exact_due: bool
    cvr: bytes
    tvr: bytes
    tsi: bytes
    over_floor: bool
    holder_check: str
    offline_fen: int | None
    by_test_key: bool
    field_55: bytes
    currency: str = ""
    currency_fits: bool | None = None

    @property
    def counter(self) -> int | None:
        """Return the ATC of the last round."""
        return self.rounds[-1].counter if self.rounds else None

    @property
    def cryptogram_type(self) -> str:
        """Return the cryptogram type of the last round."""
        return self.rounds[-1].cryptogram_type if self.rounds else ""

    def snapshot(self) -> BankCardSnapshot:
        """Return a bank card without a number of which the same decision is made."""
        return BankCardSnapshot(CardNumber(""), self)


@frozen
class BankCardSnapshot:
    """A bank card with the verdict on it. Moves no money: what it signed is cleared later.

    ``number`` is empty where the card was refused before it told one. ``track_2`` (tag 57 as text: number, ``D``,
    expiry YYMM, service code, discretionary digits) exists for the box that is sealed to the clearing key, for nothing
    else. ``holder`` is the card identification code where the same card carries the identity application.
    """

    number: CardNumber
    known: BankCardFacts
    track_2: CardNumber | None = None
    holder: CardNumber | None = None

    @property
    def family(self) -> Family:
        """Bank card."""
        return Family.BANK_CARD

    @property
    def to_seal(self) -> CardNumber:
        """Return what the clearing box holds: track 2 where the card gave it, else the number alone."""
        return self.track_2 or self.number

    def facts(self) -> BankCardFacts:
        """Return what a decision read of this card, without its number."""
        return self.known
