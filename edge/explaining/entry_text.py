"""Journal entries as JSON facts and as lines for people. Tokens and sealed boxes only; the entries hold no numbers."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from enum import Enum

from edge.domain.decision import Charge
from edge.domain.entry import DeclinedTap, Entry, Intent, PaidTap, Posted, Remark, Settled, Torn, Voided
from edge.domain.money import yuan
from edge.domain.reversal import Reversed
from edge.domain.tap import Place
from edge.explaining.words import both

Facts = dict[str, object]

CLOCK_MARKS = {"TRUSTED": "", "HOLDOVER": "~", "UNTRUSTED": "?"}
"""Behind a time: nothing, ``~`` not confirmed, ``?`` not to be trusted."""


def facts_of(entry: Entry) -> Facts:
    """Return an entry as plain JSON values; bytes in hexadecimal, enumerations by name."""
    facts = _plain(entry)
    if not isinstance(facts, dict):
        raise TypeError("an entry is a record")
    return {**facts, "time": moment(entry.time_ms)}


def moment(time_ms: int) -> str:
    """Return ``2026-06-01T04:00:00Z``."""
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def row_of(entry: Entry) -> tuple[str, ...]:
    """Return an entry as the cells of one row: number, time, kind, tap, what it says."""
    marked = moment(entry.time_ms) + CLOCK_MARKS[entry.quality.name]
    return str(entry.seq), marked, entry.kind.name.lower(), entry.tap_id.hex() or "-", said(entry)


def said(entry: Entry) -> str:
    """Return in a few words what an entry says."""
    match entry.body:
        case Intent(charge=charge, debit=terms, place=place):
            return f"{yuan(terms.amount_fen)} ({paid(charge)}) {_where(place)}".rstrip()
        case PaidTap(family=family, charge=charge, place=place):
            return f"{both('family', family)} {yuan(charge.payer_fen)} ({paid(charge)}) {_where(place)}".rstrip()
        case Posted() | Voided() | Torn() | Settled() | Reversed() as body:
            return f"-> {entry.ref_seq}, {_said_of_another(body)}"
        case DeclinedTap(reason=reason):
            return both("reason", reason)
        case Remark(subject=subject, pairs=pairs):
            return " ".join([subject, *(f"{key}={value}" for key, value in pairs)])


def _said_of_another(body: Posted | Voided | Torn | Settled | Reversed) -> str:
    """Return what an entry says of the one that it refers to."""
    match body:
        case Posted(balance_after_fen=balance):
            return f"balance {yuan(balance)}"
        case Voided(rule=rule):
            return both("rule", rule)
        case Torn(reason=reason):
            return both("reason", reason)
        case Settled(verdict=verdict, rule=rule):
            return f"{both('reason', verdict.value)}: {both('rule', rule)}"
        case Reversed(way=way, charge=charge, staff=staff):
            return f"{way}, by {staff} ({paid(charge)})"


def _where(place: Place) -> str:
    return " ".join(filter(None, (place.line, place.station, place.vehicle)))


def paid(charge: Charge) -> str:
    """Return who pays what: ``list 1.50, payer 1.00, district 0.50``."""
    parts = [f"list {yuan(charge.list_fen)}"]
    if charge.surcharge_fen:
        parts.append(f"surcharge {yuan(charge.surcharge_fen)}")
    parts.append(f"payer {yuan(charge.payer_fen)}")
    parts += [f"{share.funder} {yuan(share.fen)}" for share in charge.shares]
    return ", ".join(parts)


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Enum):
        return value.name.lower()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
