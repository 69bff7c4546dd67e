"""Risk policies from which tests depart in one point, and taps that each of them declines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from edge.domain.decision import Reason
from edge.domain.exposure import Exposure
from edge.domain.holder import Debt, Holder, ListAge
from edge.domain.limits import Ceilings, DebtRule, FamilyCeilings, Limits, ListThreshold, Media, Tier
from edge.domain.medium import PurseSnapshot
from edge.domain.policy import CLOCK_UNKNOWN, Policy, State
from tests.domain.samples import NOON_MS, POLICY, purse

HOUR_S: Final = 3_600
DAY_S: Final = 86_400

CAUTIOUS: Final = Tier(
    "cautious",
    ages=(ListThreshold("deny_list", DAY_S), ListThreshold("edition", 2 * DAY_S)),
    clock_error_s=HOUR_S,
    clock_unknown=True,
    ceilings=Ceilings(tap_fen_max=150, card_day_count_max=4),
)
LOCAL_ONLY: Final = Tier("local_only", Media.LOCAL, (ListThreshold("deny_list", 3 * DAY_S),), clock_error_s=DAY_S)
REFUSE: Final = Tier("refuse", Media.NONE, (ListThreshold("deny_list", 7 * DAY_S),), clock_error_s=7 * DAY_S)
LADDER: Final = (CAUTIOUS, LOCAL_ONLY, REFUSE)
"""Normal, cautious, local media only, refuse."""

DEBT: Final = Debt(300, NOON_MS - 86_400_000, "bus-09/2/117")


def under(**limits: Any) -> Policy:  # noqa: ANN401 - any field of the limits
    """Return the sample policy with other limits."""
    return replace(POLICY, limits=Limits(**limits))


def capped(**ceilings: int) -> Policy:
    """Return the sample policy with some ceilings."""
    return under(ceilings=Ceilings(**ceilings))


def at_risk(**sums: Any) -> State:  # noqa: ANN401 - any field of the exposure
    """Return a state in which something is at risk."""
    return State(exposure=Exposure(**sums))


def aged(age_s: int, kind: str = "deny_list", clock_error_s: int = 0) -> State:
    """Return a state with one list of this age."""
    return State(lists=(ListAge(kind, kind, 7, age_s),), exposure=Exposure(), clock_error_s=clock_error_s)


OF_FAMILY: Final = FamilyCeilings("purse", Ceilings(unsent_count_max=2, unsent_fen_max=350))

DECLINED: dict[str, tuple[Reason, PurseSnapshot, Policy, State]] = {
    "a charge above what one tap may cost": (Reason.OFFLINE_LIMIT, purse(), capped(tap_fen_max=99), State()),
    "a terminal with all its taps unsent": (
        Reason.OFFLINE_LIMIT,
        purse(),
        capped(unsent_count_max=3),
        State(unsent_count=2, exposure=Exposure(pending_count=1)),
    ),
    "a charge that lifts the terminal over its money": (
        Reason.OFFLINE_LIMIT,
        purse(),
        capped(unsent_fen_max=399),
        State(unsent_fen=200, exposure=Exposure(pending_fen=100)),
    ),
    "a charge that lifts the terminal over its shipped money": (
        Reason.OFFLINE_LIMIT,
        purse(),
        under(unsent_fen_max=399),
        State(unsent_fen=300),
    ),
    "an open debit that takes the last place of a stopped terminal": (
        Reason.OFFLINE_LIMIT,
        purse(),
        under(unsent_count_max=3),
        State(unsent_count=2, exposure=Exposure(pending_count=1)),
    ),
    "a family with all its taps unsent": (
        Reason.OFFLINE_LIMIT,
        purse(),
        under(families=(OF_FAMILY,)),
        at_risk(family_count=2),
    ),
    "a charge that lifts a family over its money": (
        Reason.OFFLINE_LIMIT,
        purse(),
        under(families=(OF_FAMILY,)),
        at_risk(family_fen=251),
    ),
    "a card with all its taps unsent": (
        Reason.CARD_LIMIT,
        purse(),
        capped(card_unsent_count_max=2),
        at_risk(card_count=2),
    ),
    "a charge that lifts a card over its unsent money": (
        Reason.CARD_LIMIT,
        purse(),
        capped(card_unsent_fen_max=399),
        at_risk(card_fen=300),
    ),
    "a card with all its taps of the day": (
        Reason.CARD_LIMIT,
        purse(),
        capped(card_day_count_max=2),
        at_risk(day_count=2),
    ),
    "a charge that lifts a card over its money of the day": (
        Reason.CARD_LIMIT,
        purse(),
        capped(card_day_fen_max=399),
        at_risk(day_fen=300),
    ),
    "a card that taps too fast": (Reason.CARD_LIMIT, purse(), capped(velocity_count_max=3), at_risk(window_count=3)),
    "one more card that nobody knows": (
        Reason.FIRST_USE_LIMIT,
        purse(),
        capped(first_use_unsent_count_max=5),
        at_risk(first_use=True, first_use_count=5),
    ),
    "a charge too high for a card that nobody knows": (
        Reason.FIRST_USE_LIMIT,
        purse(),
        capped(first_use_fen_max=99),
        at_risk(first_use=True),
    ),
    "a foreign purse while only local media pass": (
        Reason.LISTS_TOO_OLD,
        purse(city="1000"),
        under(tiers=LADDER),
        aged(3 * DAY_S),
    ),
    "any purse once the deny list is a week old": (
        Reason.LISTS_TOO_OLD,
        purse(),
        under(tiers=LADDER),
        aged(7 * DAY_S),
    ),
    "a debt where the policy blocks": (Reason.DEBT_OWED, purse(), under(debt=DebtRule.BLOCK), State(debt=DEBT)),
}

KNOWN_ELSEWHERE: Final = Holder(b"\x22" * 16)
"""A holder that the entitlement list knows: no first use."""

APPROVED: dict[str, tuple[PurseSnapshot, Policy, State]] = {
    "a charge at what one tap may cost": (purse(), capped(tap_fen_max=100), State()),
    "the last fen of the terminal": (purse(), capped(unsent_fen_max=400), State(unsent_fen=300)),
    "the last tap of a card in a day": (purse(), capped(card_day_count_max=2), at_risk(day_count=1)),
    "the last fen of a card in a day": (purse(), capped(card_day_fen_max=400), at_risk(day_fen=300)),
    "a card that a list knows, however full first uses are": (
        purse(),
        capped(first_use_unsent_count_max=0, first_use_fen_max=0),
        replace(at_risk(first_use=True), holder=KNOWN_ELSEWHERE),
    ),
    "a card that was here before, however full first uses are": (
        purse(),
        capped(first_use_unsent_count_max=0, first_use_fen_max=0),
        at_risk(first_use=False),
    ),
    "ceilings of another family": (
        purse(),
        under(families=(FamilyCeilings("code", Ceilings(unsent_count_max=1)),)),
        at_risk(family_count=9),
    ),
    "a list whose age nobody knows": (purse(), under(tiers=LADDER), aged(-1)),
    "a local purse while only local media pass": (purse(), under(tiers=LADDER), aged(3 * DAY_S)),
    "an unknown clock where only caution asks for one": (
        purse(),
        under(tiers=LADDER),
        aged(-1, clock_error_s=CLOCK_UNKNOWN),
    ),
    "a state of an older release, of which nobody summed up the card": (
        purse(),
        capped(card_day_count_max=1, velocity_count_max=1, first_use_unsent_count_max=0),
        State(),
    ),
}
