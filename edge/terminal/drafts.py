"""What a tap writes: its order to the card, and the drafts of its entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from edge.domain.debit import DebitOrder, OpenDebit, Prepared
from edge.domain.decision import Approved, Charge, Declined
from edge.domain.entry import Body, DebitTerms, DeclinedTap, Draft, Intent, Kind
from edge.domain.medium import PurseSnapshot
from edge.domain.policy import Policy, State
from edge.domain.shown import facts_of
from edge.domain.tap import Tap, TapId
from edge.ports import HolderRow
from edge.terminal.line import TapLine, TapRules


def card_time(time_ms: int, policy: Policy) -> str:
    """Return local card time, fourteen digits YYYYMMDDhhmmss."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC) + timedelta(minutes=policy.utc_offset_min)
    return moment.strftime("%Y%m%d%H%M%S")


def debit_order(tap: Tap, policy: Policy, charge: Charge, rules: TapRules) -> DebitOrder:
    """Return the order to debit the payer's part, with the trip record's facts."""
    return DebitOrder(charge.payer_fen, card_time(tap.time_ms, policy), rules.trip)


def with_initialized(tap: Tap, prepared: Prepared) -> Tap:
    """Return the tap with balance and counter as INITIALIZE gave them: these are believed."""
    if not isinstance(tap.medium, PurseSnapshot):
        return tap
    medium = replace(tap.medium, balance_fen=prepared.balance_fen, counter=prepared.counter)
    return replace(tap, medium=medium)


def intent(
    line: TapLine, tap: Tap, policy: Policy, state: State, approved: Approved, prepared: Prepared, box: bytes
) -> Draft:
    """Return the intent: everything the TAC covers and a proof needs, before the first debiting byte."""
    medium = tap.medium
    if not isinstance(medium, PurseSnapshot):
        raise TypeError("only a purse is debited")
    body = Intent(
        family=medium.family.value,
        token=tap.token,
        token_key=line.identity.token_key_version(),
        box=box,
        clearing_key=line.identity.clearing_key_version(),
        issuer=medium.issuer,
        medium=medium.facts(),
        place=tap.place,
        charge=approved.charge,
        explanation=approved.explanation,
        pricing=approved.pricing,
        state=state,
        debit=DebitTerms(
            amount_fen=prepared.amount_fen,
            kind=prepared.kind,
            counter=prepared.counter,
            balance_fen=prepared.balance_fen,
            overdraft_fen=prepared.overdraft_fen,
            key_version=prepared.key_version,
            algorithm=prepared.algorithm,
            psam_number=prepared.psam_number,
            psam_sequence=prepared.psam_sequence,
            time=prepared.time,
        ),
        sale=tap.sale,
        boarding=tap.boarding,
        flags=approved.flags,
    )
    return draft(tap, policy.edition, Kind.INTENT, body)


def declined_draft(line: TapLine, tap: Tap, edition: int, state: State, decision: Declined) -> Draft:
    """Return the entry of a refusal."""
    other = facts_of(tap.medium)
    body = DeclinedTap(
        family=tap.medium.family.value,
        token=tap.token,
        token_key=line.identity.token_key_version() if tap.token else 0,
        reason=decision.reason.value,
        medium=tap.medium.facts() if isinstance(tap.medium, PurseSnapshot) else None,
        place=tap.place,
        explanation=decision.explanation,
        state=state,
        other=other and other.without_evidence(),
        sale=tap.sale,
        boarding=tap.boarding,
        flags=decision.flags,
    )
    return draft(tap, edition, Kind.DECLINED, body)


def draft(tap: Tap, edition: int, kind: Kind, body: Body, ref_seq: int = 0) -> Draft:
    """Return a draft in the time of its tap."""
    return Draft(kind, tap.time_ms, tap.quality, edition, tap.id, ref_seq, body)


def holder_row(tap: Tap, approved: Approved, prepared: Prepared) -> HolderRow:
    """Return what the journal remembers of this medium after an accepted tap."""
    pricing = approved.pricing
    payer_fen, counter = approved.charge.payer_fen, prepared.counter + 1
    return HolderRow(tap.token, tap.time_ms, payer_fen, counter, pricing.below_normal, pricing.chain)


def original(tap: Tap, debit: OpenDebit) -> Tap:
    """Return the tap under the id of the debit it settles: one id from the first tap to the ledger."""
    return replace(tap, id=TapId(debit.tap_id))
