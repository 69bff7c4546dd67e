"""The debit of a T-Union purse in two conversations: ``prepare`` up to MAC1, ``debit`` from DEBIT to MAC2.

Between them the caller makes the intent durable. Steps: PBOC e-purse PURCHASE, compound (CAPP) or plain, as used by
T-Union (JT/T 978). No MAC is computed here: the PSAM and the card do.
"""

from __future__ import annotations

import re
from typing import Final

from drivers.apdu import CARD, Command, Response
from drivers.cards.epurse import files
from drivers.cards.epurse.reading import balance_command
from drivers.cards.epurse.rules import IssuerRules
from drivers.conversation import Conversation
from drivers.iso7816 import command, exchange
from drivers.sams import psam as sam
from drivers.sams.psam import Mac1Request, PsamFacts
from edge.domain.debit import DebitOrder, DebitOutcome, DebitProof, Prepared, RefusedDebit, TornDebit, TornReason
from edge.domain.errors import CardError, CardRefused, LocalProtocolError, OneCardError, ReaderError, SamError
from edge.domain.frozen import frozen
from edge.domain.medium import PurseSnapshot

KIND_PLAIN: Final = 0x06
KIND_COMPOUND: Final = 0x09
INSUFFICIENT: Final = 0x9401

_INIT_P1: Final = {KIND_PLAIN: 0x01, KIND_COMPOUND: 0x03}
_INITIALIZED_BYTES: Final = 15
_DEBITED_BYTES: Final = 8
_AMOUNT_FEN_MAX: Final = 0x7FFF_FFFF
_NOT_EXECUTED: Final = frozenset({0x64, *range(0x67, 0x6F), 0x93, 0x94})
"""First bytes of status words that say nothing was executed. 62, 63, 65 and 6F leave it open: they tear the debit."""


@frozen
class Initialized:
    """INITIALIZE's answer: balance and counter before the debit, and what MAC1 is made from."""

    balance_fen: int
    counter: int
    overdraft_fen: int
    key_version: int
    algorithm: int
    random: bytes


def prepare(order: DebitOrder, purse: PurseSnapshot, psam: PsamFacts, rules: IssuerRules) -> Conversation[Prepared]:
    """INITIALIZE, write the trip record (the card keeps it back until DEBIT), have the PSAM make MAC1.

    Moves no money. Raises ``CARD_STATUS`` as :class:`~edge.domain.errors.CardRefused`, with status 9401 where card or
    balance say that it does not suffice; ``CARD_MALFORMED``; SamError.
    """
    _check_order(order)
    kind = KIND_COMPOUND if rules.compound else KIND_PLAIN
    opened = yield from initialize(order.amount_fen, kind, psam, rules)
    balance_after = opened.balance_fen - order.amount_fen
    if balance_after < 0:
        raise CardRefused("initialize", INSUFFICIENT)
    if rules.compound:
        record = files.encode_trip(order.trip, psam.number, order.amount_fen, balance_after, order.time)
        update = command(CARD, f"80DC00{files.TRIP_FILE << 3:02X}", record, step="trip update")
        _require_fine("trip update", (yield from exchange(update)))
    mac1 = yield from sam.mac1(psam, _mac1_request(order, kind, opened, purse))
    return Prepared(
        amount_fen=order.amount_fen,
        kind=kind,
        counter=opened.counter,
        balance_fen=opened.balance_fen,
        overdraft_fen=opened.overdraft_fen,
        key_version=opened.key_version,
        algorithm=opened.algorithm,
        random=opened.random,
        psam_number=psam.number,
        psam_sequence=mac1.sequence,
        time=order.time,
        mac1=mac1.mac,
    )


def initialize(amount_fen: int, kind: int, psam: PsamFacts, rules: IssuerRules) -> Conversation[Initialized]:
    """INITIALIZE FOR (CAPP) PURCHASE: opens a session on the card, moves no money."""
    body = bytes([psam.key_index]) + amount_fen.to_bytes(4, "big") + psam.number
    asked = command(CARD, f"8050{_INIT_P1[kind]:02X}02", body, le=_INITIALIZED_BYTES, step="initialize")
    answer = _require_fine("initialize", (yield from exchange(asked)))
    raw = answer.body
    if len(raw) != _INITIALIZED_BYTES:
        raise CardError("CARD_MALFORMED", f"initialize: {len(raw)} bytes instead of {_INITIALIZED_BYTES}")
    return Initialized(
        balance_fen=rules.fen(raw[0:4]),
        counter=int.from_bytes(raw[4:6], "big"),
        overdraft_fen=int.from_bytes(raw[6:9], "big"),
        key_version=raw[9],
        algorithm=raw[10],
        random=raw[11:15],
    )


def debit(
    prepared: Prepared, psam: PsamFacts, *, compare_balance: IssuerRules | None = None
) -> Conversation[DebitOutcome]:
    """DEBIT, then MAC2 to the PSAM. Never raises a coded error: here the difference between them is money.

    Refused only where the status word says that nothing was executed. 9000 with MAC2 refused is torn, never voided.
    A PSAM that fails after 9000 leaves a proof whose MAC2 is unchecked. With ``compare_balance`` the balance is read
    again by the issuer's rules, and one that did not fall by the amount tears the debit.
    """
    try:
        answer = yield from _transmit(_debit_command(prepared))
    except OneCardError as error:
        return TornDebit(_torn_by(error))
    if answer.status >> 8 in _NOT_EXECUTED:
        return RefusedDebit(answer.status)
    if not answer.fine or len(answer.body) != _DEBITED_BYTES:
        return TornDebit(TornReason.ANSWER_MALFORMED)
    tac, mac2 = answer.body[:4], answer.body[4:]
    try:
        genuine = yield from sam.check_mac2(psam, mac2)
    except (SamError, ReaderError):
        return _proof(prepared, tac, mac2, checked=False)
    if not genuine:
        return TornDebit(TornReason.MAC2_REFUSED)
    if compare_balance is not None and not (yield from _balance_fell(prepared, compare_balance)):
        return TornDebit(TornReason.ANSWER_MALFORMED)
    return _proof(prepared, tac, mac2, checked=True)


def _balance_fell(prepared: Prepared, rules: IssuerRules) -> Conversation[bool]:
    """Say whether the balance is what it must be; true where the card cannot be asked any more."""
    plus, _ = rules.balance_parts()
    try:
        answer = yield from exchange(balance_command(plus))
    except OneCardError:
        return True
    return not answer.fine or rules.fen(answer.body) == prepared.balance_fen - prepared.amount_fen


def _transmit(asked: Command) -> Conversation[Response]:
    """Send DEBIT once; 61xx fetches its answer, 6Cxx is an answer: a debit is never repeated by itself."""
    answer = yield asked
    if answer.status >> 8 == 0x61:  # noqa: PLR2004 - the answer waits to be fetched
        answer = yield command(CARD, "00C00000", le=answer.status & 0xFF, step=asked.step)
        if answer.status >> 8 in _NOT_EXECUTED:
            raise CardError("CARD_MALFORMED", "the answer to the debit cannot be fetched")
    return answer


def _debit_command(prepared: Prepared) -> Command:
    body = prepared.psam_sequence.to_bytes(4, "big") + bytes.fromhex(prepared.time) + prepared.mac1
    return command(CARD, "80540100", body, le=_DEBITED_BYTES, step="debit")


def _torn_by(error: OneCardError) -> TornReason:
    if isinstance(error, ReaderError):
        return TornReason.LINK_LOST
    return TornReason.CARD_LEFT if error.code == "CARD_LEFT" else TornReason.ANSWER_MALFORMED


def _proof(prepared: Prepared, tac: bytes, mac2: bytes, *, checked: bool) -> DebitProof:
    return DebitProof(tac, mac2, checked, prepared.balance_fen - prepared.amount_fen)


def _mac1_request(order: DebitOrder, kind: int, opened: Initialized, purse: PurseSnapshot) -> Mac1Request:
    return Mac1Request(
        random=opened.random,
        counter=opened.counter,
        amount_fen=order.amount_fen,
        kind=kind,
        time=order.time,
        key_version=opened.key_version,
        algorithm=opened.algorithm,
        serial=files.serial_low8(purse.number),
        issuer=purse.issuer,
    )


def _require_fine(step: str, answer: Response) -> Response:
    if not answer.fine:
        raise CardRefused(step, answer.status)
    return answer


def _check_order(order: DebitOrder) -> None:
    """Refuse what the card's fields cannot hold: our own defect, found before the card sees a byte."""
    trip = order.trip
    sound = (
        0 <= order.amount_fen <= _AMOUNT_FEN_MAX
        and re.fullmatch(r"[0-9]{14}", order.time, re.ASCII) is not None
        and re.fullmatch(r"[0-9]{4}", trip.city, re.ASCII) is not None
        and (len(trip.line_station), len(trip.acquirer)) == (7, 8)
        and 0 <= trip.kind <= 0xFF  # noqa: PLR2004 - one byte
        and 0 <= trip.industry <= 0xFF  # noqa: PLR2004 - one byte
    )
    if not sound:
        raise LocalProtocolError("WIRE_MALFORMED", "a debit order does not fit the fields of the card")
