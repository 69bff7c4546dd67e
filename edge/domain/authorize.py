"""``authorize(tap, policy, state) -> Decision``: the ordered checks and nothing else. A function: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from edge.domain.checks import Question, checks_of, civil_date
from edge.domain.debts import credited, recovered, told
from edge.domain.decision import Approved, Decision, Declined, Line, Reason
from edge.domain.entitlement import believed
from edge.domain.errors import PolicyError
from edge.domain.eve import with_eve
from edge.domain.fare import priced, version_of
from edge.domain.holder import Debt
from edge.domain.limits import DebtRule
from edge.domain.meals.guarding import guarded
from edge.domain.medium import BankCardSnapshot, CodeSnapshot, IdentitySnapshot, PurseSnapshot, UnknownSnapshot
from edge.domain.policy import Policy, State
from edge.domain.pricing import Pricing
from edge.domain.risk import Finding, Room, findings, room_findings, rooms
from edge.domain.shown import PaidWithoutWrite
from edge.domain.tap import Tap
from edge.domain.tariff.state import Outcome

__all__ = ["authorize", "authorize_again", "civil_date"]

REFUSALS: Final = {"passback": Reason.PASSBACK, "balance_below_entry_minimum": Reason.BALANCE_TOO_LOW}
"""The tariff's own reasons in the words of decisions."""
EXACT_ROUNDS: Final = 2
"""Rounds of a bank card whose acquirer wants the exact amount: the first only identifies."""
LOW_BALANCE: Final = "low_balance"
"""The only prompt of a tariff that a bystander may hear; a rider category's own is for the driver."""


def authorize(tap: Tap, policy: Policy, state: State) -> Decision:
    """Decide one tap.

    The first check that fails declines; its line is the last of the explanation. Same arguments, same answer.
    """
    medium = tap.medium
    if isinstance(medium, UnknownSnapshot):
        return Declined(Reason.UNKNOWN_MEDIUM, (Line("medium.known", applied=False, reason="no served application"),))
    lines = _flagged(tap)
    try:
        bundle = version_of(policy, tap)
    except PolicyError as error:
        return Declined(Reason.POLICY_MISSING, (Line("tariff.in_force", applied=False, reason=error.code),))
    asked = Question(tap, policy, state, bundle)
    if (refusal := _checked(medium, asked, lines)) is not None:
        return refusal
    if (refusal := _refused(findings(tap, policy.limits, state), lines)) is not None:
        return refusal
    return _charged(medium, asked, lines)


def authorize_again(approved: Approved, before: tuple[Tap, State], tap: Tap, policy: Policy, state: State) -> Decision:
    """Decide again, as :func:`authorize` would, what the same policy approved as it was ``before``.

    A purse's counter is known last; it is checked, and enters no price: where it alone is new, the price stands.
    """
    medium = tap.medium
    if not isinstance(medium, PurseSnapshot) or before != (replace(tap, medium=replace(medium, counter=None)), state):
        return authorize(tap, policy, state)
    return _checked(medium, Question(tap, policy, state, version_of(policy, tap)), _flagged(tap)) or approved


def _checked(medium: PurseSnapshot | PaidWithoutWrite, asked: Question, lines: list[Line]) -> Declined | None:
    """Add the checks of a medium to the explanation, up to the one that declines."""
    for rule, reason, said in checks_of(medium, asked):
        if reason is not None:
            lines.append(Line(rule, applied=False, reason=said or reason.value))
            return Declined(reason, tuple(lines))
        lines.append(Line(rule, applied=True, reason="passed"))
    return None


def _flagged(tap: Tap) -> list[Line]:
    """Return the line that says where the default fare comes from: the vehicle is on a line not served here."""
    unknown = tap.place.unknown_line
    return [Line("place.line_served", applied=False, reason=unknown)] if unknown else []


def _charged(medium: PurseSnapshot | PaidWithoutWrite, asked: Question, lines: list[Line]) -> Decision:
    """Price what was checked, and see whether the medium can pay it."""
    try:
        believes = _as_believed(asked)
        answer = priced(asked.tap, medium, asked.bundle, believes)
    except PolicyError as error:
        lines.append(Line("tariff.facts", applied=False, reason=error.code))
        return Declined(Reason.TARIFF_REFUSED, tuple(lines))
    lines.extend(answer.lines)
    if answer.outcome is not Outcome.APPROVED:
        return Declined(REFUSALS.get(answer.reason, Reason.TARIFF_REFUSED), tuple(lines))
    answer = with_eve(answer, asked.tap, medium, asked.policy, believes)
    charge = answer.charge
    riders = 1 if asked.tap.boarding is None else asked.tap.boarding.riders
    if charge.total_fen > asked.policy.limits.fare_fen_max * riders:
        lines.append(Line("limits.fare", applied=False, reason="price above the ceiling"))
        return Declined(Reason.AMOUNT_INVALID, tuple(lines))
    if (short := _short_of(medium, charge.payer_fen)) is not None:
        reason, line = short
        return Declined(reason, (*lines, line))
    left = rooms(asked.tap, asked.policy.limits, asked.state)
    if (refusal := _refused(room_findings(left, charge.total_fen), lines)) is not None:
        return refusal
    below = charge.payer_fen < charge.total_fen
    pricing = Pricing(answer.bundle, answer.effects, answer.chain, answer.uncertain, answer.exposure_fen, below)
    pricing = replace(pricing, parts=answer.parts, quotas=answer.quotas)
    watched = guarded(asked.tap, asked.bundle, asked.state, charge, pricing)
    lines.extend(watched.lines)
    if watched.refuses:
        return Declined(Reason.MEAL_GUARD, tuple(lines), watched.flags)
    prompt = LOW_BALANCE if answer.prompt == LOW_BALANCE else "accepted"
    approved = _with_credit(asked, Approved(charge, tuple(lines), pricing, prompt, watched.flags))
    debt = asked.state.open_debt
    return _as_signed(medium, approved if debt is None else _with_debt(medium, asked, debt, approved, left))


def _as_believed(asked: Question) -> State:
    """Return the state with what is believed of the holder by now."""
    state, limits = asked.state, asked.policy.limits
    return replace(state, holder=believed(state.holder, state.lists, limits.claims_age_s_max))


def _refused(found: Iterable[Finding], lines: list[Line]) -> Declined | None:
    """Add what was found to the explanation, up to what declines."""
    for line, reason in found:
        lines.append(line)
        if reason is not None:
            return Declined(reason, tuple(lines))
    return None


def _with_credit(asked: Question, approved: Approved) -> Approved:
    """Let what the token has coming pay a part of one rider's fare, where the policy recovers debts as well."""
    credit, tap = asked.state.open_credit, asked.tap
    if credit is None or asked.policy.limits.debt is not DebtRule.RECOVER or tap.sale or tap.boarding:
        return approved
    answer = credited(approved.charge, credit)
    if answer is None:
        return approved
    pricing, lines = replace(approved.pricing, debt=credit.reference), (*approved.explanation, answer.line)
    return replace(approved, charge=answer.charge, explanation=lines, pricing=pricing, prompt=answer.prompt)


def _with_debt(
    medium: PurseSnapshot | PaidWithoutWrite, asked: Question, debt: Debt, approved: Approved, left: list[Room]
) -> Approved:
    """Charge a debt with the fare where the policy says so and medium and ceilings have room for both; else tell it."""
    charge = approved.charge
    if asked.policy.limits.debt is not DebtRule.RECOVER:
        answer = told(charge, debt, debt.reference)
    elif _short_of(medium, charge.payer_fen + debt.fen) is not None:
        answer = told(charge, debt, "the medium cannot pay both")
    elif charge.total_fen + debt.fen > min(room.left_fen for room in left):
        answer = told(charge, debt, "above what may be risked")
    else:
        answer = recovered(charge, debt)
    pricing = replace(
        approved.pricing, debt_fen=answer.recovered_fen, debt=debt.reference if answer.recovered_fen else ""
    )
    lines = (*approved.explanation, answer.line)
    return replace(approved, charge=answer.charge, explanation=lines, pricing=pricing, prompt=answer.prompt)


def _short_of(medium: PurseSnapshot | PaidWithoutWrite, payer_fen: int) -> tuple[Reason, Line] | None:
    """Return why the medium cannot pay, None where it can."""
    match medium:
        case PurseSnapshot() if medium.balance_fen < payer_fen:
            return Reason.BALANCE_TOO_LOW, Line("purse.balance", applied=False, reason="balance below the fare")
        case CodeSnapshot() if medium.known.amount_max_fen is not None and payer_fen > medium.known.amount_max_fen:
            return Reason.ABOVE_CODE_LIMIT, Line("code.limit", applied=False, reason="price above the code's limit")
        case IdentitySnapshot() if payer_fen:
            return Reason.IDENTITY_ONLY, Line("identity.pays_nothing", applied=False, reason="there is a fare to pay")
        case _:
            return None


def _as_signed(medium: PurseSnapshot | PaidWithoutWrite, approved: Approved) -> Decision:
    """Hold the charge against what a bank card signed in its last round.

    One that was asked twice signed the exact amount, debts included; one that was asked once signed a nominal one.
    """
    rounds = medium.known.rounds if isinstance(medium, BankCardSnapshot) else ()
    if len(rounds) < EXACT_ROUNDS or rounds[-1].amount_fen == approved.charge.payer_fen:
        return approved
    line = Line("bank_card.amount", applied=False, reason="another amount was signed")
    return Declined(Reason.AMOUNT_INVALID, (*approved.explanation, line))
