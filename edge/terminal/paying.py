"""What a medium without a write leaves behind: the one entry that is its payment, and what is remembered of it."""

from __future__ import annotations

from dataclasses import replace

from edge.domain.decision import Approved
from edge.domain.entry import Draft, Kind, PaidTap
from edge.domain.medium import BankCardSnapshot, CardNumber, CodeSnapshot, ManualSnapshot, Snapshot
from edge.domain.policy import Policy, State
from edge.domain.shown import facts_of, number_of, scheme_of
from edge.domain.tap import Tap
from edge.ports import CardSession, HolderRow
from edge.terminal.drafts import draft
from edge.terminal.line import TapLine


async def with_exact_amount(tap: Tap, approved: Approved, card: CardSession | None) -> Tap:
    """Return the tap of a bank card that has signed what it is charged, where its acquirer wants that.

    Any other tap is returned as it is. Raises CardError where the card has left, or another one answers.
    """
    medium = tap.medium
    if card is None or not isinstance(medium, BankCardSnapshot) or not medium.known.exact_due:
        return tap
    return replace(tap, medium=await card.authenticate(approved.charge.payer_fen))


def paid_tap(line: TapLine, tap: Tap, policy: Policy, state: State, approved: Approved) -> Draft:
    """Return the one entry of a tap that needs no write: the payment, with its evidence for clearing."""
    medium = tap.medium
    facts, (box, clearing_key) = facts_of(medium), _sealed(line, medium)
    if facts is None:
        raise TypeError("only a medium without a write pays so")
    body = PaidTap(
        family=medium.family.value,
        scheme=scheme_of(medium),
        token=tap.token,
        token_key=line.identity.token_key_version(),
        box=box,
        clearing_key=clearing_key,
        medium=facts,
        place=tap.place,
        charge=approved.charge,
        explanation=approved.explanation,
        pricing=approved.pricing,
        state=state,
        sale=tap.sale,
        boarding=tap.boarding,
        flags=approved.flags,
    )
    return draft(tap, policy.edition, Kind.TAP, body)


def _sealed(line: TapLine, medium: Snapshot) -> tuple[bytes, int]:
    """Return the box for clearing and its key; none by hand: who gave the code out finds the account by its token."""
    if isinstance(medium, ManualSnapshot):
        return b"", 0
    number = _to_seal(medium)
    if number is None:
        raise TypeError("only a medium with a number pays without a write")
    return line.identity.seal(number), line.identity.clearing_key_version()


def _to_seal(medium: Snapshot) -> CardNumber | None:
    """Return what clearing needs of a medium's number."""
    return medium.to_seal if isinstance(medium, BankCardSnapshot | CodeSnapshot) else number_of(medium)


def paid_row(tap: Tap, approved: Approved) -> HolderRow:
    """Return what the journal remembers of a medium that paid without a write; of a bank card, its counter (ATC)."""
    counter = tap.medium.known.counter if isinstance(tap.medium, BankCardSnapshot) else None
    pricing = approved.pricing
    payer_fen = approved.charge.payer_fen
    return HolderRow(tap.token, tap.time_ms, payer_fen, counter or 0, pricing.below_normal, pricing.chain)
