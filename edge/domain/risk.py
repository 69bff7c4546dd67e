"""Which tier a terminal is in, what its ceilings leave for a tap, and why: pure, and explained line by line.

The age of a list only ever counts as far as signed time proves it, so no clock that jumps ahead makes a list too old;
what is not known of the time is the clock's doubt, and has thresholds of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from edge.domain.decision import Line, Reason
from edge.domain.exposure import Exposure
from edge.domain.frozen import frozen
from edge.domain.holder import ListAge
from edge.domain.limits import NORMAL, Ceilings, DebtRule, Limits, Media, Tier
from edge.domain.medium import CodeSnapshot, IdentitySnapshot, ManualSnapshot, PurseSnapshot, Snapshot
from edge.domain.state import State
from edge.domain.tap import Tap

NOTHING_AT_RISK: Final = Exposure()


@frozen
class InForce:
    """What holds for one tap: the tier's name and why it holds, its media, and the lowest ceilings of each kind.

    ``terminal`` and ``family`` are the sets whose unsent ceilings bound the terminal and the medium's family.
    """

    tier: str
    why: str
    media: Media
    terminal: Ceilings
    family: Ceilings

    @property
    def lowest(self) -> Ceilings:
        """Return the lowest ceilings of each kind that bounds a tap or a token."""
        return self.terminal.tightened(self.family)


class Finding(NamedTuple):
    """One line of the explanation, and the reason where it declines."""

    line: Line
    reason: Reason | None = None


class Room(NamedTuple):
    """What one ceiling in fen still leaves for a tap; ``is_said``: it has a line of its own also where it suffices."""

    rule: str
    reason: Reason
    left_fen: int
    is_said: bool = True


def in_force(limits: Limits, lists: tuple[ListAge, ...], clock_error_s: int, family: str = "") -> InForce:
    """Return the severest tier that holds, with all that the milder ones add."""
    tier, why, held = NORMAL, "", 0
    for number, each in enumerate(limits.tiers, 1):
        if reason := why_in(each, lists, clock_error_s):
            tier, why, held = each.name, reason, number
    terminal = limits.ceilings
    for each in limits.tiers[:held]:
        terminal = terminal.tightened(each.ceilings)
    media = limits.tiers[held - 1].media if held else Media.ALL
    return InForce(tier, why, media, terminal, limits.of_family(family))


def why_in(tier: Tier, lists: tuple[ListAge, ...], clock_error_s: int) -> str:
    """Say why a tier holds; empty where it does not. A list whose age nobody knows brings none about."""
    for threshold in tier.ages:
        ages = {each.name: each.age_s for each in lists if each.kind == threshold.kind}
        old = [name for name, age_s in ages.items() if age_s >= threshold.age_s]
        if old:
            return f"{threshold.kind} {old[0]} is {ages[old[0]]} s old, from {threshold.age_s} s on"
    if clock_error_s < 0:
        return "no signed time bounds the error of the clock" if tier.clock_unknown else ""
    if tier.clock_error_s is not None and clock_error_s >= tier.clock_error_s:
        return f"the clock may be {clock_error_s} s off, from {tier.clock_error_s} s on"
    return ""


def findings(tap: Tap, limits: Limits, state: State) -> Iterator[Finding]:
    """Yield what tier and counts say of a tap before its price; a ceiling that is not set says nothing."""
    holds = in_force(limits, state.lists, state.clock_error_s, tap.medium.family.value)
    if limits.tiers:
        passes = lets_through(holds.media, tap.medium, tap.place.city)
        said = f"{holds.tier}: {holds.why}" if holds.why else holds.tier
        yield Finding(Line("risk.tier", applied=passes, reason=said), None if passes else Reason.LISTS_TOO_OLD)
    if (debt := state.open_debt) is not None and limits.debt is DebtRule.BLOCK:
        yield Finding(Line("debt.none", applied=False, reason=debt.reference, fen=debt.fen), Reason.DEBT_OWED)
    at_risk, card = state.exposure or NOTHING_AT_RISK, holds.lowest
    counted = [
        ("risk.unsent_taps", Reason.OFFLINE_LIMIT, _unsent_count(state, at_risk), holds.terminal.unsent_count_max),
        ("risk.family_taps", Reason.OFFLINE_LIMIT, at_risk.family_count, holds.family.unsent_count_max),
    ]
    if state.exposure is not None:
        counted += [
            ("risk.card_unsent_taps", Reason.CARD_LIMIT, at_risk.card_count, card.card_unsent_count_max),
            ("risk.card_day_taps", Reason.CARD_LIMIT, at_risk.day_count, card.card_day_count_max),
            ("risk.velocity", Reason.CARD_LIMIT, at_risk.window_count, card.velocity_count_max),
        ]
        if is_first_use(state):
            first = ("risk.first_use", Reason.FIRST_USE_LIMIT, at_risk.first_use_count, card.first_use_unsent_count_max)
            counted.append(first)
    for rule, reason, used, ceiling in counted:
        if ceiling is not None:
            inside = used < ceiling
            yield Finding(Line(rule, applied=inside, reason=f"{used} of {ceiling}"), None if inside else reason)


def rooms(tap: Tap, limits: Limits, state: State) -> list[Room]:
    """Return what each ceiling in fen leaves for the charge of a tap."""
    holds = in_force(limits, state.lists, state.clock_error_s, tap.medium.family.value)
    at_risk, card = state.exposure or NOTHING_AT_RISK, holds.lowest
    unsent_fen = state.unsent_fen + at_risk.pending_fen
    found = [Room("limits.unsent_fen", Reason.OFFLINE_LIMIT, limits.unsent_fen_max - unsent_fen, is_said=False)]
    ceilings = [
        ("risk.tap_fen", Reason.OFFLINE_LIMIT, 0, card.tap_fen_max),
        ("risk.unsent_fen", Reason.OFFLINE_LIMIT, unsent_fen, holds.terminal.unsent_fen_max),
        ("risk.family_fen", Reason.OFFLINE_LIMIT, at_risk.family_fen, holds.family.unsent_fen_max),
    ]
    if state.exposure is not None:
        ceilings += [
            ("risk.card_unsent_fen", Reason.CARD_LIMIT, at_risk.card_fen, card.card_unsent_fen_max),
            ("risk.card_day_fen", Reason.CARD_LIMIT, at_risk.day_fen, card.card_day_fen_max),
        ]
        if is_first_use(state):
            ceilings.append(("risk.first_use_fen", Reason.FIRST_USE_LIMIT, 0, card.first_use_fen_max))
    found += [Room(rule, reason, top - used) for rule, reason, used, top in ceilings if top is not None]
    return found


def room_findings(found: list[Room], charge_fen: int) -> Iterator[Finding]:
    """Yield what the ceilings in fen say of a charge."""
    for room in found:
        fits = charge_fen <= room.left_fen
        if room.is_said or not fits:
            line = Line(room.rule, applied=fits, reason=f"{charge_fen} of {max(room.left_fen, 0)} fen")
            yield Finding(line, None if fits else room.reason)


def is_first_use(state: State) -> bool:
    """Say whether neither this terminal nor any list knows the token."""
    return state.exposure is not None and state.exposure.first_use and state.holder is None


def lets_through(media: Media, medium: Snapshot, home_city: str) -> bool:
    """Say whether a tier lets a medium pass. Local are media of the closed loop: cards, codes, identities of the city.

    An issuer elsewhere, as of every bank card, knows later than the city itself what it has blocked.
    """
    if media is not Media.LOCAL:
        return media is Media.ALL
    match medium:
        case PurseSnapshot():
            return medium.city == home_city
        case CodeSnapshot():
            return medium.known.local
        case IdentitySnapshot() | ManualSnapshot():
            return True
        case _:
            return False


def _unsent_count(state: State, at_risk: Exposure) -> int:
    return state.unsent_count + at_risk.pending_count
