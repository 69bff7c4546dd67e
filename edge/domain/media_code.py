"""A code that was scanned and verified offline: a transit QR code or a ticket of the operator's own."""

from __future__ import annotations

from edge.domain.card_number import CardNumber
from edge.domain.family import Family
from edge.domain.frozen import frozen


@frozen
class CodeFacts:
    """What a decision reads of a code, and nothing that names its holder: written into the entry for its replay.

    ``scheme`` names the payload's form and with it the space of account numbers, ``issuer`` who issued it as text.
    ``refusal`` is empty where every signature held, else the one stable reason, ``part.fault``; time is no part of it.
    ``code`` identifies this very code (16 bytes, a hash of what was scanned): it pays once. Times are ms UTC, both ends
    included: ``made_ms`` when it was generated. ``amount_max_fen`` is the most it may be charged, None: not limited.
    ``local`` is false for a code of another city. ``rider`` is the issuer's word for the holder's category, empty where
    it says none. ``evidence`` is what clearing needs beside the account: the code itself with its account blanked.
    ``reusable`` codes may be shown again until they end (an identity, a pass); any other is remembered by ``code``
    until ``valid_until_ms`` and refused a second time. ``in_stock`` codes are issued several at once (tickets of one
    account), so one of them says nothing against another; elsewhere one made before its account's last tap is stale.
    ``holder`` is the keyed token (16 bytes) of the card identification code where the issuer vouches for it.
    """

    scheme: str
    issuer: str
    refusal: str
    code: bytes
    made_ms: int
    valid_from_ms: int
    valid_until_ms: int
    amount_max_fen: int | None
    local: bool
    rider: str = ""
    evidence: bytes = b""
    reusable: bool = False
    holder: bytes = b""
    in_stock: bool = False

    def untimely(self, now_ms: int) -> str:
        """Return what time says against this code at ``now_ms``: ``not_yet_valid``, ``expired``, or nothing."""
        if now_ms < self.valid_from_ms:
            return "not_yet_valid"
        return "expired" if now_ms > self.valid_until_ms else ""

    def snapshot(self) -> CodeSnapshot:
        """Return a code without an account number of which the same decision is made."""
        return CodeSnapshot(CardNumber(""), self)


@frozen
class CodeSnapshot:
    """A scanned code with the verdict on it. ``number`` is the account that pays, empty in a code that is refused.

    ``blanked`` are the bytes that ``evidence`` leaves out, hexadecimal: they exist for the box that is sealed to the
    clearing key, for nothing else.
    """

    number: CardNumber
    known: CodeFacts
    blanked: CardNumber | None = None

    @property
    def family(self) -> Family:
        """Code."""
        return Family.CODE

    @property
    def to_seal(self) -> CardNumber:
        """Return what the clearing box holds: all that was blanked, else the account alone."""
        return self.blanked or self.number

    def facts(self) -> CodeFacts:
        """Return what a decision read of this code, without its account number."""
        return self.known
