"""The identity application of a social security card: who holds it, by its card identification code alone.

The code is a number like any other: in memory only, outside as a keyed token. Name and id number are never read.
"""

from __future__ import annotations

from edge.domain.card_number import CardNumber
from edge.domain.family import Family
from edge.domain.frozen import frozen


@frozen
class IdentityFacts:
    """What a decision reads of the identity application. Dates are eight digits, empty where the card states none."""

    valid_from: str
    valid_until: str

    def snapshot(self) -> IdentitySnapshot:
        """Return an identity without a number of which the same decision is made."""
        return IdentitySnapshot(CardNumber(""), self.valid_from, self.valid_until)


@frozen
class IdentitySnapshot:
    """The free files of the social security application. ``number`` is the card identification code, hexadecimal."""

    number: CardNumber
    valid_from: str
    valid_until: str

    @property
    def family(self) -> Family:
        """Identity."""
        return Family.IDENTITY

    @property
    def holder(self) -> CardNumber:
        """Return the card identification code: entitlements are keyed by its token."""
        return self.number

    def facts(self) -> IdentityFacts:
        """Return what a decision read of this card, without its number."""
        return IdentityFacts(self.valid_from, self.valid_until)
