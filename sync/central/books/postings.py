"""What one stored entry means in money: its posting, and what it is to the token that tapped. Pure."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from edge.domain.charge import Share
from edge.domain.debit import Verdict
from edge.domain.debts import CREDIT_FUNDER
from edge.domain.entry import Entry, Intent, PaidTap, Posted, Settled, Torn
from edge.domain.fare import GATE_IN, GATE_OUT
from edge.domain.frozen import frozen
from edge.domain.reversal import Reversed, Way
from sync.central.books.accounts import Account, BookLine, issuer_of

QUARANTINE: Final = "quarantine"
TORN: Final = "torn"


class Part(IntEnum):
    """What an entry is to its token; the numbers are in the store for ever."""

    RIDE = 1
    ENTERED = 2
    LEFT = 3
    TAKEN_BACK = 4


@frozen
class TokenTap:
    """One tap whose price may hang on other taps of its token; ``tap_seq`` is the entry that states the charge."""

    subject: bytes
    tap_seq: int
    time_ms: int
    part: Part


def posting_of(entry: Entry, charged: Intent | PaidTap | None) -> tuple[BookLine, ...]:
    """Return the lines of an entry, which sum to zero; ``charged`` is the body that states its charge.

    Raises ``TypeError`` where an entry that moves money comes without it.
    """
    body = entry.body
    if isinstance(body, PaidTap):
        return _without_zeros(earned(body))
    if isinstance(body, Reversed):
        return _without_zeros(taken_back(entry.terminal, body))
    if not isinstance(body, Posted | Torn | Settled):
        return ()
    if not isinstance(charged, Intent):
        raise TypeError(f"entry {entry.seq} of kind {entry.kind.name} has no intent")
    if isinstance(body, Posted):
        return _without_zeros(earned(charged))
    if isinstance(body, Torn):
        return _without_zeros(suspended(charged))
    cleared = suspended(charged, -1)
    return _without_zeros(cleared + earned(charged) if body.verdict is Verdict.POSTED else cleared)


def earned(charged: Intent | PaidTap) -> tuple[BookLine, ...]:
    """Issuer and funders owe what the operator earned; what pays back a debt was earned by an earlier tap."""
    charge, debt_fen = charged.charge, charged.pricing.debt_fen
    return (
        BookLine(Account.ISSUER, issuer_of(charged), charge.payer_fen),
        *(_carried(share, share.fen) for share in charge.shares),
        BookLine(Account.OPERATOR, charged.place.operator, debt_fen - charge.total_fen),
        BookLine(Account.HOLDER, "", -debt_fen),
    )


def suspended(charged: Intent, sign: int = 1) -> tuple[BookLine, ...]:
    """Hold a charge of which nobody knows whether it was paid (``sign`` 1), or let it go again (``sign`` -1)."""
    fen = sign * charged.charge.total_fen
    return BookLine(Account.UNPROVEN, issuer_of(charged), fen), BookLine(Account.SUSPENSE, TORN, -fen)


def set_aside(party: str, fen: int) -> tuple[BookLine, ...]:
    """Hold what an entry in quarantine claims; ``party`` is who would have collected it."""
    return _without_zeros(
        (BookLine(Account.UNPROVEN, party, fen), BookLine(Account.SUSPENSE, QUARANTINE, -fen)),
    )


def taken_back(terminal: str, back: Reversed) -> tuple[BookLine, ...]:
    """Undo a sale; the payer's part was never collected, came out of the drawer, or is a credit."""
    charge, debt_fen = back.charge, back.pricing.debt_fen
    payer = {
        Way.WITHDRAWN: BookLine(Account.ISSUER, back.scheme, -charge.payer_fen),
        Way.CASH: BookLine(Account.CASH, terminal, -charge.payer_fen),
        Way.CREDIT: BookLine(Account.CREDIT, "", -charge.payer_fen),
    }[Way(back.way)]
    return (
        payer,
        *(_carried(share, -share.fen) for share in charge.shares),
        BookLine(Account.OPERATOR, back.operator, charge.total_fen - debt_fen),
        BookLine(Account.HOLDER, "", debt_fen),
    )


def _carried(share: Share, fen: int) -> BookLine:
    """Return the line of a funder's share; a credit that pays is the holder's own money."""
    if share.funder == CREDIT_FUNDER:
        return BookLine(Account.CREDIT, "", fen)
    return BookLine(Account.FUNDER, share.funder, fen)


def _without_zeros(lines: tuple[BookLine, ...]) -> tuple[BookLine, ...]:
    return tuple(line for line in lines if line.fen)


def tap_of(entry: Entry, tapped: Entry | None) -> TokenTap | None:
    """Return what an entry is to its token, None where no price hangs on others that the token paid.

    ``tapped`` is the entry that states the charge: the entry itself where nothing was written.
    """
    if isinstance(entry.body, Reversed):
        return TokenTap(entry.body.token, entry.ref_seq, entry.time_ms, Part.TAKEN_BACK)
    if tapped is None or not isinstance(tapped.body, Intent | PaidTap) or not _is_earned(entry):
        return None
    part, pricing = part_of(tapped.body), tapped.body.pricing
    counted = any(not effect.subject for effect in pricing.effects)
    if part is Part.RIDE and not counted and not pricing.uncertain and pricing.chain is None:
        return None
    return TokenTap(tapped.body.token, tapped.seq, tapped.time_ms, part)


def part_of(charged: Intent | PaidTap) -> Part:
    """Return what a tap is by its gate."""
    return {GATE_IN: Part.ENTERED, GATE_OUT: Part.LEFT}.get(charged.place.gate, Part.RIDE)


def _is_earned(entry: Entry) -> bool:
    body = entry.body
    return isinstance(body, Posted | PaidTap) or (isinstance(body, Settled) and body.verdict is Verdict.POSTED)
