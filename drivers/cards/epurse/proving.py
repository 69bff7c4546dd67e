"""What a returned purse knows about a torn debit: its log, its proof, its counter. Moves no money.

The judgement is :func:`edge.domain.debit.judge`. GET TRANSACTION PROVE: PBOC e-purse, as public T-Union validators
use it; it answers MAC2 first, then TAC, the reverse of DEBIT.
"""

from __future__ import annotations

from typing import Final

from drivers.apdu import CARD
from drivers.cards.epurse import files
from drivers.cards.epurse.purchase import initialize
from drivers.cards.epurse.reading import PurseSettings, log_commands, read_public, select
from drivers.cards.epurse.rules import IssuerRules
from drivers.conversation import Conversation
from drivers.iso7816 import command, exchange
from drivers.sams import psam as sam
from drivers.sams.psam import PsamFacts
from edge.domain.debit import Evidence, OpenDebit, Prepared, is_ours
from edge.domain.errors import CardError, CardRefused, ReaderError, SamError
from edge.domain.medium import LogRecord, PurseSnapshot

COUNTER_MAX: Final = 0xFFFF
PROOF_BYTES: Final = 8
PROBE_FEN: Final = 0
"""INITIALIZE is asked for nothing: a card with any balance answers it with its counter."""


def evidence(
    debit: OpenDebit, purse: PurseSnapshot, psam: PsamFacts, settings: PurseSettings, *, session_alive: bool
) -> Conversation[Evidence]:
    """Read what the card knows about ``debit``.

    ``purse`` is the snapshot by which the caller found the debit: a fresh SELECT must show the same number, else
    ``CARD_SWAPPED``. ``session_alive`` says whether the PSAM still holds the session of that debit (no reset, no MAC1
    since); only then is MAC2 sent to it. A proof is asked for only where a log record is that debit's: another
    terminal's MAC2 is none of our PSAM's business. Raises ``CARD_STATUS`` where the card refuses INITIALIZE and its
    log does not bear our number, ``CARD_MALFORMED``.
    """
    yield from _same_card(purse, settings)
    rules = settings.issuers.rules_of(purse.issuer, purse.city)
    log = yield from _whole_log(rules)
    ours = (debit.prepared.counter + 1) & COUNTER_MAX
    logged = any(record.sequence == ours for record in log)
    proven = any(is_ours(record, debit.prepared) for record in log)
    mac2, tac = (yield from _prove(debit.prepared, ours)) if proven else (None, None)
    genuine: bool | None = None
    if mac2 is not None and session_alive:
        genuine = yield from _checked(psam, mac2)
    counter = yield from _counter(debit.prepared, psam, rules, fallback=ours if logged else None)
    return Evidence(counter, log, tac, mac2, mac2_checked=genuine is True, mac2_refused=genuine is False)


def _same_card(purse: PurseSnapshot, settings: PurseSettings) -> Conversation[None]:
    fci = yield from select(settings.applications)
    public = None if fci is None else (yield from read_public(fci))
    if public is None or public.number != purse.number:
        raise CardError("CARD_SWAPPED", "another card lies on the reader than the one whose debit is open")


def _whole_log(rules: IssuerRules) -> Conversation[tuple[LogRecord, ...]]:
    """Return every record up to the first refused or empty one; a damaged record raises: it may be the one."""
    found: list[LogRecord] = []
    for asked in log_commands(rules, rules.log_records):
        answer = yield from exchange(asked)
        record = files.decode_log(answer.body) if answer.fine else None
        if record is None:
            break
        found.append(record)
    return tuple(found)


def _prove(debit: Prepared, ours: int) -> Conversation[tuple[bytes | None, bytes | None]]:
    """Return MAC2 and TAC of transaction ``ours``; nothing where the card keeps no proof (9406)."""
    asked = command(CARD, f"805A00{debit.kind:02X}", ours.to_bytes(2, "big"), le=PROOF_BYTES, step="prove")
    answer = yield from exchange(asked)
    if not answer.fine or len(answer.body) != PROOF_BYTES:
        return None, None
    return answer.body[:4], answer.body[4:]


def _checked(psam: PsamFacts, mac2: bytes) -> Conversation[bool | None]:
    """Say whether MAC2 is genuine; None where the PSAM did not say: the entry then says that it is unchecked."""
    try:
        return (yield from sam.check_mac2(psam, mac2))
    except (SamError, ReaderError):
        return None


def _counter(debit: Prepared, psam: PsamFacts, rules: IssuerRules, fallback: int | None) -> Conversation[int]:
    try:
        opened = yield from initialize(PROBE_FEN, debit.kind, psam, rules)
    except CardRefused:
        if fallback is None:
            raise
        return fallback
    return opened.counter
