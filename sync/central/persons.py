"""What entries tell of persons, taken out of them in the transaction that stores them: claims, returns, repayments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from edge.domain.authorize import civil_date
from edge.domain.claimed import claims_of
from edge.domain.debts import credit_used_fen
from edge.domain.entry import Entry, Remark
from edge.domain.lease import RETURNED_SUBJECT, read_return
from edge.domain.reversal import Reversed, Way
from sync.batch import NUMBER_MAX
from sync.central.booking import Booked, is_storable
from sync.central.store import statements as sql
from sync.central.store.port import Cell, Work, insert_all
from sync.wire import encode

UTC_OFFSET_MIN: Final = 480
DECLINED_LINE: Final = 0
RECOVERED_LINE: Final = 1
CREDIT_LINE: Final = 2
CREDIT_USED_LINE: Final = 3


def store_persons(booked: Iterable[Booked]) -> Work[None]:
    """Store what accepted entries tell of persons; an entry set aside tells nothing."""
    sound = [(item, item.entry) for item in booked if not item.code and item.entry is not None]
    for statement, rows in (
        (sql.ADD_CLAIMS, [row for _, entry in sound for row in _claims(entry)]),
        (sql.ADD_RETURNS, [row for _, entry in sound for row in _returns(entry)]),
        (sql.ADD_DEBT_LINES, [row for item, entry in sound for row in _repayments(item, entry)]),
    ):
        yield from insert_all(statement, rows)


def _claims(entry: Entry) -> Iterator[tuple[Cell, ...]]:
    day = int(civil_date(entry.time_ms, UTC_OFFSET_MIN))
    for claim in claims_of(entry):
        quota = (claim.counter, claim.bucket, claim.subject)
        yield (*claim.identity, *quota, day, entry.edition, encode(claim))


def _returns(entry: Entry) -> Iterator[tuple[Cell, ...]]:
    body = entry.body
    if not isinstance(body, Remark) or body.subject != RETURNED_SUBJECT:
        return
    try:
        holder, counter, bucket, serial = read_return(body.pairs)
    except ValueError:
        return  # kept as the note it is; it gives nothing back
    if not (0 <= serial < NUMBER_MAX and is_storable(counter) and is_storable(bucket)):
        return  # as above
    yield entry.terminal, entry.epoch, entry.seq, holder, counter, bucket, serial


def _repayments(item: Booked, entry: Entry) -> Iterator[tuple[Cell, ...]]:
    charged = item.charged
    if isinstance(entry.body, Reversed):
        yield from _given_back(entry, entry.body)
    if item.earned and charged is not None and charged.pricing.debt_fen:
        identity = (entry.terminal, entry.epoch, entry.seq)
        pricing = charged.pricing
        yield (*identity, RECOVERED_LINE, charged.token, -pricing.debt_fen, pricing.debt, entry.time_ms)
    if item.earned and charged is not None and (fen := credit_used_fen(charged.charge, charged.pricing.debt)):
        identity = (entry.terminal, entry.epoch, entry.seq)
        yield (*identity, CREDIT_USED_LINE, charged.token, fen, charged.pricing.debt, entry.time_ms)


def _given_back(entry: Entry, back: Reversed) -> Iterator[tuple[Cell, ...]]:
    """Owe again what a sale had paid back, and credit the payer's part where staff chose that."""
    identity = (entry.terminal, entry.epoch, entry.seq)
    pricing, reference = back.pricing, f"{entry.terminal}/{entry.epoch}/{entry.ref_seq}"
    if pricing.debt_fen:
        yield (*identity, RECOVERED_LINE, back.token, pricing.debt_fen, pricing.debt, entry.time_ms)
    if fen := credit_used_fen(back.charge, pricing.debt):
        yield (*identity, CREDIT_USED_LINE, back.token, -fen, pricing.debt, entry.time_ms)
    if back.way == Way.CREDIT and back.charge.payer_fen:
        yield (*identity, CREDIT_LINE, back.token, -back.charge.payer_fen, reference, entry.time_ms)
