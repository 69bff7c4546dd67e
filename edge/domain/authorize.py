"""``authorize(tap, policy, state) -> Decision``: the ordered checks and nothing else. A function: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from edge.domain.decision import Approved, Charge, Decision, Declined, Line, Reason
from edge.domain.medium import PurseSnapshot
from edge.domain.policy import Passback, Policy, State
from edge.domain.tap import Tap

PURSE_TYPE: Final = 0x02
PURSE_ENABLED: Final = 0x01
UNSET_DATES: Final = frozenset({"00000000", "FFFFFFFF"})


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
    for rule, reason in _purse_checks(tap, medium, policy, state):
        if reason is not None:
            lines.append(Line(rule, applied=False, reason=reason.value))
            return Declined(reason, tuple(lines))
        lines.append(Line(rule, applied=True, reason="passed"))
    fare = _fare(medium, policy)
    if fare is None or not 0 <= fare <= policy.limits.fare_fen_max:
        lines.append(Line(policy.tariff.id, applied=False, reason="price out of bounds"))
        return Declined(Reason.AMOUNT_INVALID, tuple(lines))
    lines.append(Line(policy.tariff.id, applied=True, reason="flat fare", fen=fare))
    if medium.balance_fen < fare:
        lines.append(Line("purse.balance", applied=False, reason="balance below the fare"))
        return Declined(Reason.BALANCE_TOO_LOW, tuple(lines))
    return Approved(Charge(list_fen=fare, surcharge_fen=0, payer_fen=fare), tuple(lines))


def _fare(medium: PurseSnapshot, policy: Policy) -> int | None:
    home = medium.city == policy.home_city
    return policy.tariff.fare_fen if home else policy.tariff.foreign_fen


def _purse_checks(tap: Tap, medium: PurseSnapshot, policy: Policy, state: State) -> Iterator[tuple[str, Reason | None]]:
    """Yield each rule with the reason it declines for, or None. Order: is it genuine, valid, welcome, allowed."""

    def unless(passed: bool, reason: Reason) -> Reason | None:  # noqa: FBT001 - one local predicate
        return None if passed else reason

    stop = Reason(state.stop) if state.stop else None
    today = civil_date(tap.time_ms, policy.utc_offset_min)
    dates = {medium.valid_from, medium.valid_until}
    yield "terminal.in_service", stop
    yield "purse.type", unless(medium.application_type == PURSE_TYPE, Reason.WRONG_APPLICATION)
    yield "purse.enabled", unless(medium.enabled == PURSE_ENABLED, Reason.NOT_ENABLED)
    yield "purse.copy_agrees", unless(medium.fci_agrees, Reason.COUNTERFEIT)
    yield "purse.dates_set", unless(not dates & UNSET_DATES, Reason.DATE_NOT_SET)
    yield "purse.started", unless(medium.valid_from <= today, Reason.NOT_YET_VALID)
    yield "purse.not_expired", unless(today <= medium.valid_until, Reason.EXPIRED)
    foreign = medium.city != policy.home_city
    served = not foreign or (medium.interop is True and policy.tariff.foreign_fen is not None)
    yield "purse.city_served", unless(served, Reason.FOREIGN_REFUSED)
    yield "purse.mac2_trusted", unless(not state.suspect, Reason.COUNTERFEIT)
    yield "lists.not_denied", unless(not state.listed, Reason.DENY_LISTED)
    yield "purse.counter_moved", unless(not _regressed(medium, state), Reason.COUNTER_REGRESSED)
    yield "tap.passback", unless(not _passed_back(tap, policy, state), Reason.PASSBACK)
    yield "limits.unsent", unless(_inside_limits(policy, state), Reason.OFFLINE_LIMIT)


def _regressed(medium: PurseSnapshot, state: State) -> bool:
    """Say whether the card's counter is older than what this terminal has seen: a replayed or cloned card."""
    if state.last is None:
        return False
    if medium.counter is not None:
        return medium.counter < state.last.counter
    return bool(medium.log) and medium.log[0].sequence < state.last.counter


def _passed_back(tap: Tap, policy: Policy, state: State) -> bool:
    if state.last is None or policy.tariff.passback is not Passback.DENY:
        return False
    return 0 <= tap.time_ms - state.last.time_ms < policy.tariff.passback_window_s * 1000


def _inside_limits(policy: Policy, state: State) -> bool:
    limits = policy.limits
    count_max = limits.cautious_unsent_count_max if state.cautious else limits.unsent_count_max
    return state.unsent_count < count_max and state.unsent_fen < limits.unsent_fen_max
