"""A meal taken by hand: the card was forgotten or fails, and a registered code with its PIN stands in its place."""

from __future__ import annotations

from typing import Final

from edge.domain.family import Family
from edge.domain.frozen import frozen

CASH: Final = "cash"
ACCOUNT: Final = "account"
"""What the payer's part of a meal by hand may be paid with."""

CODE_PIN: Final = "code_pin"
"""How somebody proved to be who they are: the only way by hand there is."""


@frozen
class ManualFacts:
    """What a decision reads of a meal by hand, and nothing that names anybody: written into the entry for its replay.

    ``pays`` is what the payer's part is paid with: ``cash`` into the drawer, or the registered ``account``, claimed by
    file at the centre. ``holder`` is the token of the person, ``proxy`` that of the relative who collects (empty: the
    diner came). The counts are those of meals taken by hand at this till that day, before this one.
    """

    pays: str
    authentication: str
    holder: bytes
    proxy: bytes
    person_today: int
    till_today: int

    def snapshot(self) -> ManualSnapshot:
        """Return a medium without a token of which the same decision is made."""
        return ManualSnapshot(b"", self)


@frozen
class ManualSnapshot:
    """A registered code whose PIN was right. ``token`` is the code's; its digits are forgotten by now."""

    token: bytes
    known: ManualFacts

    @property
    def family(self) -> Family:
        """By hand."""
        return Family.MANUAL

    def facts(self) -> ManualFacts:
        """Return what a decision read."""
        return self.known
