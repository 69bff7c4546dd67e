"""Bodies of journal entries by their kind, with their fields in order.

The order of the fields below, and of those of every type inside them, is the order on the wire: a field is only ever
appended, with a default that means what older entries meant and a new ``VERSION`` of its body.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar, Final

from edge.domain.boarding import Boarding
from edge.domain.debit import Verdict
from edge.domain.decision import Charge, Line
from edge.domain.frozen import frozen
from edge.domain.meals.sale import Sale
from edge.domain.medium import PurseFacts
from edge.domain.pricing import Pricing
from edge.domain.reversal import Reversed
from edge.domain.shown import MediumFacts
from edge.domain.state import State
from edge.domain.tap import Place


class Kind(IntEnum):
    """Kinds of entries; the numbers are on the wire and in the database for ever."""

    INTENT = 1
    POSTED = 2
    VOIDED = 3
    TORN = 4
    SETTLED = 5
    DECLINED = 6
    TAP = 7
    STAFF = 8
    SHIFT = 9
    CONFIG = 10
    TIME = 11
    NOTE = 12
    REVERSED = 13


@frozen
class DebitTerms:
    """Everything the card's TAC covers and a proof needs: written before DEBIT is sent.

    ``counter`` is the card's transaction counter before the debit, ``kind`` 06 or 09, ``time`` fourteen digits of
    local card time, ``psam_number`` six bytes. Source: PBOC PURCHASE, TAC input as in public T-Union material.
    """

    amount_fen: int
    kind: int
    counter: int
    balance_fen: int
    overdraft_fen: int
    key_version: int
    algorithm: int
    psam_number: bytes
    psam_sequence: int
    time: str


@frozen
class Intent:
    """The order to debit, durable before the first debiting byte.

    ``box`` is the purse serial sealed to the clearing key ``clearing_key`` (HPKE); the terminal cannot open it.
    """

    KIND: ClassVar[Kind] = Kind.INTENT
    VERSION: ClassVar[int] = 5
    family: str
    token: bytes
    token_key: int
    box: bytes
    clearing_key: int
    issuer: bytes
    medium: PurseFacts
    place: Place
    charge: Charge
    explanation: tuple[Line, ...]
    pricing: Pricing
    state: State
    debit: DebitTerms
    sale: Sale | None = None
    boarding: Boarding | None = None
    flags: tuple[str, ...] = ()


@frozen
class Posted:
    """The debit of the intent at ``ref_seq`` is proven."""

    KIND: ClassVar[Kind] = Kind.POSTED
    VERSION: ClassVar[int] = 1
    tac: bytes
    mac2: bytes
    mac2_unchecked: bool
    balance_after_fen: int


@frozen
class Voided:
    """No debit happened for the intent at ``ref_seq``; ``rule`` says how that is known."""

    KIND: ClassVar[Kind] = Kind.VOIDED
    VERSION: ClassVar[int] = 1
    rule: str


@frozen
class Torn:
    """The outcome of the intent at ``ref_seq`` is unknown; its money is in suspense."""

    KIND: ClassVar[Kind] = Kind.TORN
    VERSION: ClassVar[int] = 1
    reason: str


@frozen
class Settled:
    """A torn debit (intent at ``ref_seq``) is decided by evidence: posted or voided.

    ``tac`` and ``mac2`` are empty where the card kept no proof. ``free_passage`` says that the holder passed on the
    strength of this debit, inside the torn window.
    """

    KIND: ClassVar[Kind] = Kind.SETTLED
    VERSION: ClassVar[int] = 1
    verdict: Verdict
    rule: str
    tac: bytes
    mac2: bytes
    mac2_unchecked: bool
    free_passage: bool


@frozen
class DeclinedTap:
    """A tap that was refused. ``token`` is empty for a medium without a number.

    ``medium`` is what was read of a purse, ``other`` what was read of a medium without a write; both are None for one
    that nobody here can read.
    """

    KIND: ClassVar[Kind] = Kind.DECLINED
    VERSION: ClassVar[int] = 7
    family: str
    token: bytes
    token_key: int
    reason: str
    medium: PurseFacts | None
    place: Place
    explanation: tuple[Line, ...]
    state: State
    other: MediumFacts | None = None
    sale: Sale | None = None
    boarding: Boarding | None = None
    flags: tuple[str, ...] = ()


@frozen
class PaidTap:
    """An accepted tap of a medium without a write (bank card, code, identity): this entry is the whole payment.

    ``box`` is what clearing needs of the number, sealed to the clearing key ``clearing_key`` (HPKE); the terminal
    cannot open it. The evidence for the acquirer or the code's issuer stands in ``medium``, the amount that a bank
    card signed in its last round, beside the fare in ``charge``.
    """

    KIND: ClassVar[Kind] = Kind.TAP
    VERSION: ClassVar[int] = 5
    family: str
    scheme: str
    token: bytes
    token_key: int
    box: bytes
    clearing_key: int
    medium: MediumFacts
    place: Place
    charge: Charge
    explanation: tuple[Line, ...]
    pricing: Pricing
    state: State
    sale: Sale | None = None
    boarding: Boarding | None = None
    flags: tuple[str, ...] = ()


@frozen
class Remark:
    """Body of the kinds without money (staff, shift, config, time, note): a subject and short text pairs."""

    VERSION: ClassVar[int] = 1
    subject: str
    pairs: tuple[tuple[str, str], ...] = ()


Body = Intent | Posted | Voided | Torn | Settled | DeclinedTap | PaidTap | Reversed | Remark

BODIES: Final[dict[Kind, type[Body]]] = {
    Kind.INTENT: Intent,
    Kind.POSTED: Posted,
    Kind.VOIDED: Voided,
    Kind.TORN: Torn,
    Kind.SETTLED: Settled,
    Kind.DECLINED: DeclinedTap,
    Kind.TAP: PaidTap,
    Kind.STAFF: Remark,
    Kind.SHIFT: Remark,
    Kind.CONFIG: Remark,
    Kind.TIME: Remark,
    Kind.NOTE: Remark,
    Kind.REVERSED: Reversed,
}
