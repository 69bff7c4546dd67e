"""What a technician is told of a medium that was read without money: masked numbers, and what decides."""

from __future__ import annotations

from edge.control.messages import Message
from edge.domain.medium import BankCardSnapshot, CodeSnapshot, IdentitySnapshot, PurseSnapshot, Snapshot
from edge.domain.shown import number_of


def told_of(medium: Snapshot) -> Message:
    """Return stable keys; a number shows its issuer's prefix and its last four digits alone."""
    number = number_of(medium)
    named = {"family": medium.family.value, **({} if number is None else {"number": number.masked()})}
    match medium:
        case PurseSnapshot():
            return {**named, **_purse(medium)}
        case BankCardSnapshot():
            return {**named, **_bank_card(medium)}
        case CodeSnapshot():
            return {**named, **_code(medium)}
        case IdentitySnapshot():
            return {**named, "valid_from": medium.valid_from, "valid_until": medium.valid_until}
        case _:
            return named


def _purse(purse: PurseSnapshot) -> Message:
    return {
        "city": purse.city,
        "valid_from": purse.valid_from,
        "valid_until": purse.valid_until,
        "balance_fen": purse.balance_fen,
        "interop": purse.interop,
        "log_records": len(purse.log),
    }


def _bank_card(card: BankCardSnapshot) -> Message:
    known = card.known
    return {
        "application": known.application,
        "method": known.method,
        "refusal": known.refusal,
        "valid_from": known.valid_from,
        "valid_until": known.valid_until,
        "cryptogram": known.cryptogram_type,
        "counter": known.counter,
        "test_key": known.by_test_key,
    }


def _code(code: CodeSnapshot) -> Message:
    known = code.known
    return {
        "scheme": known.scheme,
        "issuer": known.issuer,
        "refusal": known.refusal,
        "made_ms": known.made_ms,
        "valid_from_ms": known.valid_from_ms,
        "valid_until_ms": known.valid_until_ms,
        "amount_max_fen": known.amount_max_fen,
        "local": known.local,
    }
