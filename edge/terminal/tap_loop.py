"""One tap, as a straight line of named values: the face of the product."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from edge.domain.authorize import authorize, authorize_again
from edge.domain.debit import DebitOutcome, DebitProof, Prepared, RefusedDebit, TornDebit, TornReason
from edge.domain.decision import Approved, Declined, Reason
from edge.domain.entry import Entry, Kind, Posted, Torn, Voided
from edge.domain.medium import PurseSnapshot
from edge.domain.policy import Policy, State
from edge.domain.shown import is_genuine
from edge.domain.tap import Tap
from edge.ports import CardSession
from edge.terminal import outcome
from edge.terminal.continuity import prepare, prepare_again
from edge.terminal.drafts import debit_order, declined_draft, draft, holder_row, intent, with_initialized
from edge.terminal.faults import durable_or_in_doubt
from edge.terminal.line import TapLine
from edge.terminal.outcome import Outcome
from edge.terminal.paying import paid_row, paid_tap, with_exact_amount
from edge.terminal.sealing import Sealing
from edge.terminal.torn import settle_torn

Repeat = Callable[[bytes], Outcome | None]
"""Asks the debounce: the last answer, when the same token came back at once."""


async def take_tap(line: TapLine, card: CardSession, tap: Tap, repeat: Repeat) -> Outcome:
    """Take one card that was read to its signal. Green only after the entry that says so is durable."""
    if not isinstance(tap.medium, PurseSnapshot):
        return await take_paid_tap(line, card, tap, repeat)
    if (again := repeat(tap.token)) is not None:
        return again
    if (passage := await settle_torn(line, tap, card)) is not None:
        return passage
    if line.offers is not None and tap.sale is None:
        return line.offers.turned_away()
    policy, state = line.reference.policy(), await line.state(tap)
    decision = authorize(tap, policy, state)
    if isinstance(decision, Declined):
        return await decline(line, tap, policy, state, decision)
    sealing = Sealing(line.identity, tap.medium.number)
    sealing.begin()
    prepared = await prepare(line, card, debit_order(tap, policy, decision.charge, line.rules))
    initialized, served = with_initialized(tap, prepared), line.as_served_now(state)
    decision = authorize_again(decision, (tap, state), initialized, policy, served)
    tap, state = initialized, served
    if isinstance(decision, Declined):
        await line.journal.abandon_prepare()
        return await decline(line, tap, policy, state, decision)
    if decision.charge.payer_fen != prepared.amount_fen:
        prepared = await prepare_again(line, card, debit_order(tap, policy, decision.charge, line.rules))
    ordered = await line.journal.append(intent(line, tap, policy, state, decision, prepared, sealing.box()))
    result = await card.debit(prepared)
    with durable_or_in_doubt(ordered):
        return await book(line, tap, decision, prepared, ordered, result)


async def take_paid_tap(line: TapLine, card: CardSession | None, tap: Tap, repeat: Repeat) -> Outcome:
    """Take a medium on which nothing is written (``card`` None: a code): one durable entry is the whole payment."""
    if is_genuine(tap.medium) and (again := repeat(tap.token)) is not None:
        return again
    if line.offers is not None and tap.sale is None:
        return line.offers.turned_away()
    policy, state = line.reference.policy(), await line.state(tap)
    decision = authorize(tap, policy, state)
    if isinstance(decision, Approved) and (signed := await with_exact_amount(tap, decision, card)) is not tap:
        tap, decision = signed, authorize(signed, policy, state)
    if isinstance(decision, Declined):
        return await decline(line, tap, policy, state, decision)
    await line.journal.append(paid_tap(line, tap, policy, state, decision), holder=paid_row(tap, decision))
    charge, pricing = decision.charge, decision.pricing
    return outcome.accepted(tap, charge.payer_fen, prompt=decision.prompt, pricing=pricing, flags=decision.flags)


async def decline(line: TapLine, tap: Tap, policy: Policy, state: State, decision: Declined) -> Outcome:
    """Write the refusal down; red does not wait for its flush."""
    await line.journal.append(declined_draft(line, tap, policy.edition, state, decision), durable=False)
    return outcome.refused(tap, decision)


async def book(
    line: TapLine, tap: Tap, decision: Approved, prepared: Prepared, ordered: Entry, result: DebitOutcome
) -> Outcome:
    """Make the result of a debit durable, then say it."""
    append, edition, ref_seq = line.journal.append, ordered.edition, ordered.seq
    match result:
        case DebitProof():
            posted = Posted(result.tac, result.mac2, not result.mac2_checked, result.balance_after_fen)
            row = holder_row(tap, decision, prepared)
            await append(draft(tap, edition, Kind.POSTED, posted, ref_seq), holder=row)
            paid_fen, left_fen = decision.charge.payer_fen, result.balance_after_fen
            return outcome.accepted(tap, paid_fen, left_fen, decision.prompt, decision.pricing, decision.flags)
        case RefusedDebit():
            voided = Voided(f"card_refused_{result.status:04x}")
            await append(draft(tap, edition, Kind.VOIDED, voided, ref_seq))
            return outcome.declined(tap, Reason.CARD_FAULT)
        case TornDebit():
            await append(draft(tap, edition, Kind.TORN, Torn(result.reason.value), ref_seq))
            refused = result.reason is TornReason.MAC2_REFUSED
            return outcome.declined(tap, Reason.COUNTERFEIT) if refused else outcome.torn(tap)
        case _:
            assert_never(result)
