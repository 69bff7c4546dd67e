"""What a terminal may risk while nobody can be asked: ceilings, tiers that tighten with age and doubt, debts. All data.

Every set of ceilings that applies to a tap holds at once, so the lowest of each kind decides: a medium family or a tier
can tighten what stands above it and never loosen it.
"""

from __future__ import annotations

from dataclasses import fields
from enum import StrEnum
from typing import Final

from edge.domain.frozen import frozen

NORMAL: Final = "normal"
"""The tier in which no other one holds."""
ENTITLEMENTS: Final = "entitlements"
"""The kind of the lists that claim something for holders."""


class Media(StrEnum):
    """Which media a tier lets through: all, those of the terminal's own city (closed loop), or none."""

    ALL = "all"
    LOCAL = "local"
    NONE = "none"


class DebtRule(StrEnum):
    """What a tap of a token with a debt comes to: the rider is told, refused, or charged the debt with the fare."""

    TELL = "tell"
    BLOCK = "block"
    RECOVER = "recover"


@frozen
class Ceilings:
    """One set of ceilings, in fen and counts; None: no ceiling of this kind.

    *Unsent* is what was accepted and is not yet acked by the centre, and what open and torn debits may come to.
    ``tap_fen_max`` bounds one charge, ``unsent_*`` the terminal (in a family's set: the family), ``card_unsent_*`` and
    ``card_day_*`` one token, the latter in a civil day. ``first_use_*`` bound tokens that were never accepted here and
    that no list knows: one charge, and how many of them the terminal has unsent. ``velocity_count_max`` is how many
    taps of one token are accepted in ``Limits.velocity_window_s``.
    """

    tap_fen_max: int | None = None
    unsent_fen_max: int | None = None
    unsent_count_max: int | None = None
    card_unsent_fen_max: int | None = None
    card_unsent_count_max: int | None = None
    card_day_fen_max: int | None = None
    card_day_count_max: int | None = None
    first_use_fen_max: int | None = None
    first_use_unsent_count_max: int | None = None
    velocity_count_max: int | None = None

    def tightened(self, other: Ceilings) -> Ceilings:
        """Return the lower ceiling of each kind."""
        return Ceilings(*(_lower(getattr(self, name), getattr(other, name)) for name in CEILING_NAMES))


CEILING_NAMES: Final = tuple(field.name for field in fields(Ceilings))
NO_CEILINGS: Final = Ceilings()


def _lower(one: int | None, other: int | None) -> int | None:
    known = [ceiling for ceiling in (one, other) if ceiling is not None]
    return min(known) if known else None


@frozen
class FamilyCeilings:
    """What holds for one family of media beside what holds for all."""

    family: str
    ceilings: Ceilings


@frozen
class ListThreshold:
    """From this age on, in s, a list of this kind brings a tier about."""

    kind: str
    age_s: int


@frozen
class Tier:
    """One step of caution. It holds from any of its thresholds on, and as long as a severer one does.

    ``ages`` are thresholds of lists. ``clock_error_s`` is the uncertainty of time from which it holds (None: it does
    not matter); ``clock_unknown``: it also holds while no signed time bounds that uncertainty.
    """

    name: str
    media: Media = Media.ALL
    ages: tuple[ListThreshold, ...] = ()
    clock_error_s: int | None = None
    clock_unknown: bool = False
    ceilings: Ceilings = NO_CEILINGS


@frozen
class Limits:
    """The risk policy of an edition. Fen and counts; it comes signed with the reference data.

    The cautious ceiling holds while it is not proven that this journal is the only one of its epoch. ``families`` add
    ceilings by family of media; ``tiers`` stand in order from the mildest to the severest. From an age of
    ``claims_age_s_max`` on, what an entitlement list claims for its holders is not believed: they pay the normal fare.
    """

    fare_fen_max: int = 100_000
    unsent_fen_max: int = 100_000_000
    unsent_count_max: int = 1_000_000
    cautious_unsent_count_max: int = 50
    ceilings: Ceilings = NO_CEILINGS
    velocity_window_s: int = 600
    families: tuple[FamilyCeilings, ...] = ()
    tiers: tuple[Tier, ...] = ()
    debt: DebtRule = DebtRule.TELL
    claims_age_s_max: int | None = None

    def of_family(self, family: str) -> Ceilings:
        """Return what is added for a family of media."""
        return next((each.ceilings for each in self.families if each.family == family), NO_CEILINGS)

    def watched_kinds(self) -> frozenset[str]:
        """Return the kinds of lists whose age matters."""
        by_tiers = frozenset(threshold.kind for tier in self.tiers for threshold in tier.ages)
        return by_tiers if self.claims_age_s_max is None else by_tiers | {ENTITLEMENTS}


SHIPPED: Final = Limits()
"""What holds where an edition says nothing: no tiers, no ceilings by card."""
