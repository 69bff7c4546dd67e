"""The accounts of the books, and what one line says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from edge.domain.entry import Intent, PaidTap
from edge.domain.frozen import frozen
from edge.domain.shown import PURSE_SCHEME


class Account(StrEnum):
    """Kinds of accounts; a line names one and the party that it is kept with. The words are in the store for ever.

    Above zero it owes the city, below zero the city owes it.
    """

    OPERATOR = "operator"
    """By name: what it earned."""
    ISSUER = "issuer"
    """By scheme, of purses by scheme and issuer: who collects what holders paid."""
    FUNDER = "funder"
    """By name: what it carries of fares and meals."""
    SITE = "site"
    """By terminal: reliefs that it granted outside its authority."""
    HOLDER = "holder"
    """Debts of the line's token."""
    CREDIT = "credit"
    """What the line's token has coming to it."""
    CASH = "cash"
    """By terminal: what its drawer gave back to payers."""
    SUSPENSE = "suspense"
    """By reason: money that nobody has earned yet."""
    UNPROVEN = "unproven"
    """By issuer: the other side of suspense, what holders may have paid."""


PAYERS: Final = frozenset({Account.ISSUER, Account.HOLDER, Account.CREDIT})
"""Accounts through which a holder pays or is paid."""


@frozen
class BookLine:
    """``fen`` to an account; the lines of one posting sum to zero."""

    account: str
    party: str
    fen: int


Balances = Mapping[tuple[str, str], int]
"""(account, party) -> fen."""


def balances_of(lines: Iterable[BookLine]) -> Balances:
    """Fold lines; what sums to zero is left out."""
    folded: Counter[tuple[str, str]] = Counter()
    for line in lines:
        folded[line.account, line.party] += line.fen
    return {key: fen for key, fen in folded.items() if fen}


def lines_from(balances: Balances) -> tuple[BookLine, ...]:
    """Return one line for each balance, in order of account and party."""
    return tuple(BookLine(*key, fen) for key, fen in sorted(balances.items()) if fen)


def issuer_of(charged: Intent | PaidTap) -> str:
    """Return who collects what the holder pays: a purse's issuer in its scheme, else the medium's scheme."""
    return charged.scheme if isinstance(charged, PaidTap) else f"{PURSE_SCHEME}/{charged.issuer.hex()}"
