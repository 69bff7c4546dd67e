"""What a risk policy may say: absurd values and tiers out of order are refused, by the centre and by every terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from edge.domain.family import Family
from edge.domain.limits import CEILING_NAMES, NORMAL, Ceilings, Limits, Media, Tier

FEN_MAX: Final = 100_000_000
"""A million yuan: no terminal risks more."""
CARD_FEN_MAX: Final = 1_000_000
COUNT_MAX: Final = 1_000_000
CARD_COUNT_MAX: Final = 1_000
FARE_FEN_MAX: Final = 100_000
AGE_S_MIN: Final = 60
AGE_S_MAX: Final = 400 * 86_400
WINDOW_S: Final = (1, 86_400)
TIERS_MAX: Final = 8
KIND: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
MEDIA_ORDER: Final = (Media.ALL, Media.LOCAL, Media.NONE)

BOUNDS: Final[dict[str, tuple[int, int]]] = {
    "tap_fen_max": (1, FARE_FEN_MAX),
    "unsent_fen_max": (1, FEN_MAX),
    "unsent_count_max": (1, COUNT_MAX),
    "card_unsent_fen_max": (1, CARD_FEN_MAX),
    "card_unsent_count_max": (1, CARD_COUNT_MAX),
    "card_day_fen_max": (1, CARD_FEN_MAX),
    "card_day_count_max": (1, CARD_COUNT_MAX),
    "first_use_fen_max": (0, FARE_FEN_MAX),
    "first_use_unsent_count_max": (0, COUNT_MAX),
    "velocity_count_max": (1, CARD_COUNT_MAX),
}
"""Lowest and highest sensible value of each ceiling. Only first uses may be closed altogether: a tier's ``media`` is
what closes the rest."""

TERMINAL_BOUNDS: Final[dict[str, tuple[int, int]]] = {
    "fare_fen_max": (1, FARE_FEN_MAX),
    "unsent_fen_max": (1, FEN_MAX),
    "unsent_count_max": (1, COUNT_MAX),
    "cautious_unsent_count_max": (0, COUNT_MAX),
    "velocity_window_s": WINDOW_S,
    "claims_age_s_max": (AGE_S_MIN, AGE_S_MAX),
}


def problems_of(limits: Limits) -> list[str]:
    """Say what is wrong with a risk policy, each by the key it is written under; nothing: it may be put into force."""
    found = list(_outside("", limits, TERMINAL_BOUNDS))
    found += _outside("ceilings.", limits.ceilings, BOUNDS)
    names = [each.family for each in limits.families]
    for each in limits.families:
        if each.family not in set(Family) or each.family == Family.UNKNOWN or names.count(each.family) > 1:
            found.append(f"family.{each.family}: not a family of media, or named twice")
        found += _outside(f"family.{each.family}.", each.ceilings, BOUNDS)
    if len(limits.tiers) > TIERS_MAX:
        found.append(f"tier: {len(limits.tiers)} tiers, at most {TIERS_MAX}")
    for tier in limits.tiers:
        found += _tier_problems(tier)
    for milder, severer in pairwise(limits.tiers):
        found += _order_problems(milder, severer)
    return found


def _outside(path: str, holder: Limits | Ceilings, bounds: dict[str, tuple[int, int]]) -> Iterator[str]:
    for name, (low, high) in bounds.items():
        value = getattr(holder, name)
        if value is not None and not low <= value <= high:
            yield f"{path}{name} is from {low} to {high}, not {value}"


def _tier_problems(tier: Tier) -> Iterator[str]:
    path = f"tier {tier.name}"
    if not KIND.fullmatch(tier.name) or tier.name == NORMAL:
        yield f"{path}: a name is a lower-case word, and not {NORMAL}"
    if not tier.ages and tier.clock_error_s is None and not tier.clock_unknown:
        yield f"{path}: nothing brings it about: give ages_s, clock_error_s or clock_unknown"
    for threshold in tier.ages:
        if not KIND.fullmatch(threshold.kind) or not AGE_S_MIN <= threshold.age_s <= AGE_S_MAX:
            yield f"{path}.ages_s.{threshold.kind} is from {AGE_S_MIN} to {AGE_S_MAX}, not {threshold.age_s}"
    if tier.clock_error_s is not None and not 1 <= tier.clock_error_s <= AGE_S_MAX:
        yield f"{path}.clock_error_s is from 1 to {AGE_S_MAX}, not {tier.clock_error_s}"
    if tier.media is Media.ALL and all(getattr(tier.ceilings, name) is None for name in CEILING_NAMES):
        yield f"{path}: it changes nothing: give media or ceilings"
    yield from _outside(f"{path}.ceilings.", tier.ceilings, BOUNDS)


def _order_problems(milder: Tier, severer: Tier) -> Iterator[str]:
    path = f"tier {severer.name}"
    if milder.name == severer.name:
        yield f"{path}: named twice"
    if MEDIA_ORDER.index(severer.media) < MEDIA_ORDER.index(milder.media):
        yield f"{path}: lets more media through than {milder.name} before it"
    before = {threshold.kind: threshold.age_s for threshold in milder.ages}
    for threshold in severer.ages:
        if threshold.age_s <= before.get(threshold.kind, 0):
            yield f"{path}.ages_s.{threshold.kind} does not lie above that of {milder.name} before it"
    errors = (milder.clock_error_s, severer.clock_error_s)
    if None not in errors and errors[1] <= errors[0]:  # type: ignore[operator]  # neither is None
        yield f"{path}.clock_error_s does not lie above that of {milder.name} before it"
