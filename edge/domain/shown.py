"""A medium that needs no write as an entry keeps it, and which numbers name media: their schemes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from edge.domain.card_number import CardNumber
from edge.domain.frozen import frozen
from edge.domain.medium import (
    BankCardFacts,
    BankCardSnapshot,
    CodeFacts,
    CodeSnapshot,
    IdentityFacts,
    IdentitySnapshot,
    ManualFacts,
    ManualSnapshot,
    PurseSnapshot,
    Snapshot,
    UnknownSnapshot,
)

PURSE_SCHEME: Final = "tunion"
BANK_CARD_SCHEME: Final = "unionpay"
IDENTITY_SCHEME: Final = "cid"
"""What a token is made of beside the number; the accounts of codes have the scheme of their issuer's payload.

By hand the scheme is what pays (``cash``, ``account``): what is receivable, and from whom.
"""

PaidWithoutWrite = BankCardSnapshot | CodeSnapshot | IdentitySnapshot | ManualSnapshot
"""Media on which nothing is written: one durable entry is the whole payment."""


@frozen
class MediumFacts:
    """What a decision read of a medium that needs no write; exactly one is set."""

    bank_card: BankCardFacts | None = None
    code: CodeFacts | None = None
    identity: IdentityFacts | None = None
    manual: ManualFacts | None = None

    def snapshot(self) -> PaidWithoutWrite:
        """Return a medium without a number of which the same decision is made; ValueError where none is set."""
        for facts in (self.bank_card, self.code, self.identity, self.manual):
            if facts is not None:
                return facts.snapshot()
        raise ValueError("the entry holds nothing that was read of its medium")

    def without_evidence(self) -> MediumFacts:
        """Return the same without what only clearing reads: a refused tap is never cleared."""
        card = self.bank_card and replace(self.bank_card, field_55=b"")
        code = self.code and replace(self.code, evidence=b"")
        return MediumFacts(card, code, self.identity, self.manual)


def facts_of(medium: Snapshot) -> MediumFacts | None:
    """Return what an entry keeps of a medium without a write, None of any other."""
    match medium:
        case BankCardSnapshot():
            return MediumFacts(bank_card=medium.facts())
        case CodeSnapshot():
            return MediumFacts(code=medium.facts())
        case IdentitySnapshot():
            return MediumFacts(identity=medium.facts())
        case ManualSnapshot():
            return MediumFacts(manual=medium.facts())
        case _:
            return None


def scheme_of(medium: Snapshot) -> str:
    """Return the scheme of a medium's number, empty where the medium has none."""
    match medium:
        case PurseSnapshot():
            return PURSE_SCHEME
        case BankCardSnapshot():
            return BANK_CARD_SCHEME
        case CodeSnapshot():
            return medium.known.scheme
        case IdentitySnapshot():
            return IDENTITY_SCHEME
        case ManualSnapshot():
            return medium.known.pays
        case UnknownSnapshot():
            return ""


def number_of(medium: Snapshot) -> CardNumber | None:
    """Return the number that names a medium, None where none was read."""
    if isinstance(medium, UnknownSnapshot | ManualSnapshot) or not medium.number:
        return None
    return medium.number


def is_genuine(medium: Snapshot) -> bool:
    """Say whether a medium was proven to be what it says, as far as reading it can prove that.

    A purse is proven by its debit. What is not proven may bear anybody's number: no answer to another tap is its own.
    """
    match medium:
        case BankCardSnapshot() | CodeSnapshot():
            return not medium.known.refusal
        case _:
            return True
