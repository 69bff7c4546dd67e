"""What was presented and what was true on it.

Card numbers exist in memory only: they are wrapped, never printed whole, and leave this process as a keyed token and
a box sealed to the clearing key. Field layouts: JT/T 978 as implemented by public T-Union readers.
"""

from __future__ import annotations

from edge.domain.card_number import CardNumber
from edge.domain.family import Family
from edge.domain.frozen import frozen
from edge.domain.media_bank import BankCardFacts, BankCardSnapshot, CardRound
from edge.domain.media_code import CodeFacts, CodeSnapshot
from edge.domain.media_identity import IdentityFacts, IdentitySnapshot
from edge.domain.media_manual import ManualFacts, ManualSnapshot

__all__ = [
    "BankCardFacts",
    "BankCardSnapshot",
    "CardNumber",
    "CardRound",
    "CodeFacts",
    "CodeSnapshot",
    "Family",
    "IdentityFacts",
    "IdentitySnapshot",
    "LogRecord",
    "ManualFacts",
    "ManualSnapshot",
    "PurseFacts",
    "PurseSnapshot",
    "Snapshot",
    "TripRecord",
    "UnknownSnapshot",
]


@frozen
class LogRecord:
    """One record of the purse log, file 0x18 (23 bytes, newest first).

    ``sequence`` is the card's transaction counter after the transaction, ``kind`` 02 load, 06 purchase, 09 compound
    purchase, ``terminal`` the six-byte terminal (PSAM) number, ``time`` fourteen digits YYYYMMDDhhmmss.
    """

    sequence: int
    overdraft_fen: int
    amount_fen: int
    kind: int
    terminal: bytes
    time: str


@frozen
class TripRecord:
    """One record of the trip file 0x1E (48 bytes, cyclic)."""

    kind: int
    terminal: bytes
    industry: int
    line_station: bytes
    amount_fen: int
    balance_after_fen: int
    time: str
    city: str
    acquirer: bytes


@frozen
class PurseSnapshot:
    """A T-Union purse as it was read, before any command that could move money.

    ``balance_fen`` follows the issuer's balance rule and is for display and first refusal only; a debit trusts the
    balance in INITIALIZE's answer. ``interop`` is the flag of file 0x17 (``None``: file absent or unreadable).
    ``fci_agrees`` is false where file 0x15 differs from its copy in the answer to SELECT.
    Dates are eight digits as on the card, possibly ``00000000`` or ``FFFFFFFF``. ``counter`` is the transaction
    counter in INITIALIZE's answer, ``None`` before INITIALIZE. ``holder`` is the card identification code where the
    same card carries the identity application.
    """

    number: CardNumber
    issuer: bytes
    city: str
    application_type: int
    enabled: int
    valid_from: str
    valid_until: str
    balance_fen: int
    interop: bool | None
    fci_agrees: bool
    log: tuple[LogRecord, ...] = ()
    trips: tuple[TripRecord, ...] = ()
    counter: int | None = None
    holder: CardNumber | None = None

    @property
    def family(self) -> Family:
        """Purse."""
        return Family.PURSE

    def facts(self) -> PurseFacts:
        """Return what a decision read of this purse, without its number."""
        newest = self.log[0].sequence if self.log else None
        return PurseFacts(
            self.city,
            self.application_type,
            self.enabled,
            self.valid_from,
            self.valid_until,
            self.balance_fen,
            self.interop,
            self.fci_agrees,
            self.counter,
            newest,
        )


@frozen
class PurseFacts:
    """What a decision reads of a purse, and nothing that names its holder: written into the entry for its replay.

    ``newest`` is the counter of the newest log record, ``counter`` that of INITIALIZE's answer.
    """

    city: str
    application_type: int
    enabled: int
    valid_from: str
    valid_until: str
    balance_fen: int
    interop: bool | None
    fci_agrees: bool
    counter: int | None
    newest: int | None

    def snapshot(self) -> PurseSnapshot:
        """Return a purse without a number of which the same decision is made."""
        log = () if self.newest is None else (LogRecord(self.newest, 0, 0, 0, b"", ""),)
        return PurseSnapshot(
            number=CardNumber(""),
            issuer=b"",
            city=self.city,
            application_type=self.application_type,
            enabled=self.enabled,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            balance_fen=self.balance_fen,
            interop=self.interop,
            fci_agrees=self.fci_agrees,
            log=log,
            counter=self.counter,
        )


@frozen
class UnknownSnapshot:
    """A medium that carries none of the applications the profile names."""

    tried: tuple[str, ...] = ()

    @property
    def family(self) -> Family:
        """Return the family of a medium that nobody here can read."""
        return Family.UNKNOWN


Snapshot = PurseSnapshot | BankCardSnapshot | CodeSnapshot | IdentitySnapshot | ManualSnapshot | UnknownSnapshot
