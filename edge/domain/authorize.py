"""``authorize(tap, policy, state) -> Decision``: the ordered checks and nothing else. A function: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from edge.domain.decision import Approved, Decision, Declined, Line, Reason
from edge.domain.errors import PolicyError
from edge.domain.fare import priced, purse_medium, version_of
from edge.domain.medium import PurseSnapshot
from edge.domain.policy import Limits, Policy, State
from edge.domain.pricing import Pricing
from edge.domain.tap import Tap
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.state import Outcome

PURSE_TYPE: Final = 0x02
PURSE_ENABLED: Final = 0x01
UNSET_DATES: Final = frozenset({"00000000", "FFFFFFFF"})
REFUSALS: Final = {"passback": Reason.PASSBACK, "balance_below_entry_minimum": Reason.BALANCE_TOO_LOW}
"""The tariff's own reasons in the words of decisions."""
LOW_BALANCE: Final = "low_balance"
"""The only prompt of a tariff that a bystander may hear; a rider category's own is for the driver."""


def civil_date(time_ms: int, utc_offset_min: int) -> str:
    """Return the civil date YYYYMMDD of ``time_ms`` (ms UTC) in the city's fixed offset."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC) + timedelta(minutes=utc_offset_min)
    return moment.strftime("%Y%m%d")


def authorize(tap: Tap, policy: Policy, state: State) -> Decision:
    """Decide one tap.

    The first check that fails declines; its line is the last of the explanation. Same arguments, same answer.
    """
    medium = tap.medium
    if not isinstance(medium, PurseSnapshot):
        return Declined(Reason.UNKNOWN_MEDIUM, (Line("medium.known", applied=False, reason="no served application"),))
    lines: list[Line] = []
    try:
        bundle = version_of(policy, tap)
    except PolicyError as error:
        return Declined(Reason.POLICY_MISSING, (Line("tariff.in_force", applied=False, reason=error.code),))
    for rule, reason in _purse_checks(tap, medium, policy, state, bundle):
        if reason is not None:
            lines.append(Line(rule, applied=False, reason=reason.value))
            return Declined(reason, tuple(lines))
        lines.append(Line(rule, applied=True, reason="passed"))
    return _charged(tap, medium, bundle, policy.limits, state, lines)


def _charged(
    tap: Tap, medium: PurseSnapshot, bundle: Bundle, limits: Limits, state: State, lines: list[Line]
) -> Decision:
    """Price what was checked, and see whether the purse can pay it."""
    try:
        answer = priced(tap, medium, bundle, state)
    except PolicyError as error:
        lines.append(Line("tariff.facts", applied=False, reason=error.code))
        return Declined(Reason.TARIFF_REFUSED, tuple(lines))
    lines.extend(answer.lines)
    if answer.outcome is not Outcome.APPROVED:
        return Declined(REFUSALS.get(answer.reason, Reason.TARIFF_REFUSED), tuple(lines))
    charge = answer.charge
    if charge.total_fen > limits.fare_fen_max:
        lines.append(Line("limits.fare", applied=False, reason="price above the ceiling"))
        return Declined(Reason.AMOUNT_INVALID, tuple(lines))
    if medium.balance_fen < charge.payer_fen:
        lines.append(Line("purse.balance", applied=False, reason="balance below the fare"))
        return Declined(Reason.BALANCE_TOO_LOW, tuple(lines))
    below = charge.payer_fen < charge.total_fen
    pricing = Pricing(answer.bundle, answer.effects, answer.chain, answer.uncertain, answer.exposure_fen, below)
    prompt = LOW_BALANCE if answer.prompt == LOW_BALANCE else "accepted"
    return Approved(charge, tuple(lines), pricing, prompt)


def _purse_checks(
    tap: Tap, medium: PurseSnapshot, policy: Policy, state: State, bundle: Bundle
) -> Iterator[tuple[str, Reason | None]]:
    """Yield each rule with the reason it declines for, or None. Order: is it genuine, valid, welcome, allowed."""

    def unless(passed: bool, reason: Reason) -> Reason | None:  # noqa: FBT001 - one local predicate
        return None if passed else reason

    stop = Reason(state.stop) if state.stop else None
    today = civil_date(tap.time_ms, bundle.document.bundle.utc_offset_min)
    dates = {medium.valid_from, medium.valid_until}
    yield "terminal.in_service", stop
    yield "purse.type", unless(medium.application_type == PURSE_TYPE, Reason.WRONG_APPLICATION)
    yield "purse.enabled", unless(medium.enabled == PURSE_ENABLED, Reason.NOT_ENABLED)
    yield "purse.copy_agrees", unless(medium.fci_agrees, Reason.COUNTERFEIT)
    yield "purse.dates_set", unless(not dates & UNSET_DATES, Reason.DATE_NOT_SET)
    yield "purse.started", unless(medium.valid_from <= today, Reason.NOT_YET_VALID)
    yield "purse.not_expired", unless(today <= medium.valid_until, Reason.EXPIRED)
    home = medium.city == tap.place.city
    served = purse_medium(bundle, medium, tap.place.city) is not None
    yield "purse.city_served", unless(served and (home or medium.interop is True), Reason.FOREIGN_REFUSED)
    yield "purse.mac2_trusted", unless(not state.suspect, Reason.COUNTERFEIT)
    yield "lists.not_denied", unless(not state.listed, Reason.DENY_LISTED)
    yield "purse.counter_moved", unless(not _regressed(medium, state), Reason.COUNTER_REGRESSED)
    yield "limits.unsent", unless(_inside_limits(policy, state), Reason.OFFLINE_LIMIT)


def _regressed(medium: PurseSnapshot, state: State) -> bool:
    """Say whether the card's counter is older than what this terminal has seen: a replayed or cloned card."""
    if state.last is None:
        return False
    if medium.counter is not None:
        return medium.counter < state.last.counter
    return bool(medium.log) and medium.log[0].sequence < state.last.counter


def _inside_limits(policy: Policy, state: State) -> bool:
    limits = policy.limits
    count_max = limits.cautious_unsent_count_max if state.cautious else limits.unsent_count_max
    return state.unsent_count < count_max and state.unsent_fen < limits.unsent_fen_max
