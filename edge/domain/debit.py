"""The values of a purse debit, from the order to its proof, and the evidence that settles a torn one.

Sequence and field meanings: PBOC e-purse as used by T-Union (JT/T 978), PURCHASE with and without CAPP.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from edge.domain.frozen import frozen
from edge.domain.meals.sale import Sale
from edge.domain.medium import LogRecord
from edge.domain.pricing import NOT_PRICED, Pricing


@frozen
class TripFacts:
    """What the terminal writes into the card's trip record beside amount, balance and time.

    ``kind`` as in file 0x1E (05 single purse ride), ``industry`` 01 metro, 02 bus; ``line_station`` seven bytes,
    ``city`` four digits, ``acquirer`` eight bytes.
    """

    kind: int
    industry: int
    line_station: bytes
    city: str
    acquirer: bytes


@frozen
class DebitOrder:
    """Ask for ``amount_fen`` at local card time ``time`` (fourteen digits YYYYMMDDhhmmss)."""

    amount_fen: int
    time: str
    trip: TripFacts


@frozen
class Prepared:
    """INITIALIZE and MAC1 are done, no money has moved.

    ``counter`` is the card's transaction counter before the debit, ``balance_fen`` its balance before, ``psam_number``
    six bytes, ``psam_sequence`` the PSAM's terminal transaction number (four bytes on the wire). Everything the TAC
    covers is here, and all of it goes into the intent.
    """

    amount_fen: int
    kind: int
    counter: int
    balance_fen: int
    overdraft_fen: int
    key_version: int
    algorithm: int
    random: bytes
    psam_number: bytes
    psam_sequence: int
    time: str
    mac1: bytes


@frozen
class DebitProof:
    """The card debited: its TAC and, where the PSAM could check it, MAC2."""

    tac: bytes
    mac2: bytes
    mac2_checked: bool
    balance_after_fen: int


@frozen
class RefusedDebit:
    """The card answered DEBIT with an error status: nothing was debited. ``status`` is the status word."""

    status: int


class TornReason(StrEnum):
    """Why the outcome of a debit is not known here."""

    CARD_LEFT = "card_left"
    LINK_LOST = "link_lost"
    ANSWER_MALFORMED = "answer_malformed"
    MAC2_REFUSED = "mac2"
    RESTART = "restart"


@frozen
class TornDebit:
    """DEBIT was ordered and its outcome is unknown, or its MAC2 was refused by the PSAM."""

    reason: TornReason


DebitOutcome = DebitProof | RefusedDebit | TornDebit


@frozen
class OpenDebit:
    """A debit whose outcome is not settled: what its intent said, and where it stands in the journal.

    ``prepared`` is rebuilt from the intent (without random and MAC1, which are not kept). ``reason`` is the word of
    its torn entry (:class:`TornReason`), empty while the intent is open. ``charge_fen`` is what payer and funders give.
    """

    intent_seq: int
    epoch: int
    tap_id: bytes
    token: bytes
    intent_time_ms: int
    prepared: Prepared
    edition: int = 0
    reason: str = ""
    pricing: Pricing = NOT_PRICED
    charge_fen: int = 0
    sale: Sale | None = None


@frozen
class Evidence:
    """What the returned card says: its counter, its log, and the proof where it still has one.

    ``counter`` is the counter in INITIALIZE's answer (the number of the last transaction). ``tac`` and ``mac2`` come
    from GET TRANSACTION PROVE for the number after the debit; ``mac2_checked`` is true only where the PSAM still held
    the session and accepted it, ``mac2_refused`` only where it held the session and found MAC2 wrong.
    """

    counter: int
    log: tuple[LogRecord, ...]
    tac: bytes | None = None
    mac2: bytes | None = None
    mac2_checked: bool = False
    mac2_refused: bool = False


class Verdict(StrEnum):
    """What the evidence says of a torn debit."""

    POSTED = "posted"
    VOIDED = "voided"
    UNDECIDED = "undecided"


PURCHASES: Final = frozenset({0x06, 0x09})
"""Kinds of log records that debits leave, all counted by the same counter."""


def is_ours(record: LogRecord, debit: Prepared) -> bool:
    """Say whether a log record is that of our debit: our number with our PSAM number, amount, time and kind."""
    proof = (debit.counter + 1, debit.psam_number, debit.amount_fen, debit.time, debit.kind)
    return (record.sequence, record.terminal, record.amount_fen, record.time, record.kind) == proof


def judge(debit: Prepared, evidence: Evidence) -> tuple[Verdict, str]:
    """Settle a torn debit by counter and log records, never by balance.

    Returns the verdict and the rule that gave it. Posted: a record bears our number together with our PSAM number,
    amount and time. Voided: the counter has not moved, or our number stands in another purchase's record (kinds 06 and
    09; a load's disproves nothing, for an issuer may count loads apart). Otherwise undecided: the record has rolled
    out of the log, or MAC2 was found wrong, for a counterfeit's log proves nothing. Every record is looked at before
    another's disproves ours. Source: public T-Union validator code, with our stricter rule.
    """
    if evidence.mac2_refused:
        return Verdict.UNDECIDED, "mac2_refused"
    if any(is_ours(record, debit) for record in evidence.log):
        return Verdict.POSTED, "log_record_is_ours"
    if any(record.sequence == debit.counter + 1 and record.kind in PURCHASES for record in evidence.log):
        return Verdict.VOIDED, "log_record_of_another"
    if evidence.counter == debit.counter:
        return Verdict.VOIDED, "counter_unchanged"
    return Verdict.UNDECIDED, "record_rolled_out"
