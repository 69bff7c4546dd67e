"""How sure a till is, at the moment of a sale, that its subsidies stand: what staff are told, and nothing more."""

from __future__ import annotations

from enum import StrEnum

from edge.domain.pricing import Pricing
from edge.domain.tariff.state import LEASED_ELSEWHERE, LEASED_HERE, Quota


class Surety(StrEnum):
    """What is known here of a sale's subsidies. The holder's price stays in every case.

    ``certain``: nobody else can have granted it; ``leased``: this till alone may. ``shared``: others may have granted
    it too, and if they did, the centre decides whose stands; ``elsewhere``: another till alone may. ``withheld``: it
    may be due, and is not granted here unless the centre is heard; ``used``: nothing is left of it.
    """

    NO_QUOTA = ""
    USED = "used"
    CERTAIN = "certain"
    LEASED = "leased"
    WITHHELD = "withheld"
    SHARED = "shared"
    ELSEWHERE = "elsewhere"


RANKS = {surety: rank for rank, surety in enumerate(Surety)}
OPEN = frozenset({Surety.SHARED, Surety.ELSEWHERE})
"""What the centre may find granted twice."""


def surety_of(pricing: Pricing) -> Surety:
    """Return how sure the least sure of a sale's subsidies is."""
    found = [_of_quota(quota, pricing) for quota in pricing.quotas]
    return max(found, key=RANKS.__getitem__, default=Surety.NO_QUOTA)


def _of_quota(quota: Quota, pricing: Pricing) -> Surety:
    if quota.added:
        return _of_grant(quota)
    if quota.counter in pricing.uncertain:
        return Surety.WITHHELD
    return Surety.USED if quota.known >= quota.limit else Surety.NO_QUOTA


def _of_grant(quota: Quota) -> Surety:
    if quota.lease == LEASED_ELSEWHERE:
        return Surety.ELSEWHERE
    if quota.possible:
        return Surety.SHARED
    return Surety.LEASED if quota.lease == LEASED_HERE else Surety.CERTAIN


def carried_by_site(surety: Surety, *, inside: bool) -> bool:
    """Say whether this site may have to carry a subsidy that turns out to be granted twice; else its funders do.

    ``inside``: the site kept its offline authority, which is the freshness of its edition.
    """
    return surety is Surety.ELSEWHERE or (surety is Surety.SHARED and not inside)
