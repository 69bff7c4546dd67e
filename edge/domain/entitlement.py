"""What the tariff is told of a holder: the claims that hold on the day of the tap, and why others do not.

A claim states a rider category of the tariff, or one fact of the holder: a flag by its name (``hardship``), any other
as ``name=value`` (``age=70`` from the seventieth birthday on, ``resident_of=shibei``). A category is also what the fact
``entitlement`` says, so that bundles may ask either way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from edge.domain.charge import Line
from edge.domain.holder import Claim, Holder, ListAge
from edge.domain.limits import ENTITLEMENTS
from edge.domain.tap import Place
from edge.domain.tariff.facts import FACTS, WORD_CHARACTERS_MAX

STATUS_FACTS: Final[Mapping[str, str]] = MappingProxyType({"deceased": "deceased", "institution": "in_institution"})
"""Statuses that a tariff can ask for; every other status suspends the claims all the same."""

PROVEN: Final = "proven_category"
"""The fact that names rider categories outright."""

TOO_OLD: Final = "list_too_old"
"""The status of everybody on an entitlement list that is not believed any more."""

HOLDER_FACTS: Final = frozenset(
    {
        "age",
        "resident_of",
        "resident_town",
        "hardship",
        "lowincome",
        "bed_contract",
        "dementia",
        "disability_level",
        "target_group",
        "group",
        "band",
    }
)
"""Facts that a claim may state."""


def stated(category: str) -> tuple[str, object]:
    """Return the fact that a claim's category states, and its value; a rider category is :data:`PROVEN`.

    Raises ``ValueError`` for a word too long, a fact that no claim may state, or a value that is not of its type.
    """
    name, has_value, text = category.partition("=")
    if not 0 < len(category) <= WORD_CHARACTERS_MAX:
        raise ValueError(f"a category has 1 to {WORD_CHARACTERS_MAX} characters")
    if not has_value:
        return (name, True) if name in HOLDER_FACTS and FACTS[name].type == "flag" else (PROVEN, name)
    if name not in HOLDER_FACTS or FACTS[name].type == "flag":
        raise ValueError("no claim states this fact with a value")
    if FACTS[name].type == "count":
        if not text.isdecimal() or not FACTS[name].low <= int(text) <= FACTS[name].high:
            raise ValueError(f"{name} is a whole number from {FACTS[name].low} to {FACTS[name].high}")
        return name, int(text)
    if not text:
        raise ValueError(f"{name} has no value")
    return name, text


def believed(holder: Holder | None, lists: Iterable[ListAge], age_s_max: int | None) -> Holder | None:
    """Return a holder whose claims are suspended where the list that makes them is too old.

    An age that nobody knows suspends nothing: that is the clock's doubt.
    """
    if holder is None or age_s_max is None:
        return holder
    ages = [each.age_s for each in lists if each.kind == ENTITLEMENTS and each.version == holder.version]
    return replace(holder, status=holder.status or TOO_OLD) if max(ages, default=0) >= age_s_max else holder


def claims_on(holder: Holder, day: str) -> tuple[Claim, ...]:
    """Return the claims that hold on a civil day (YYYYMMDD); a status suspends them all."""
    return () if holder.status else tuple(claim for claim in holder.claims if claim.holds_on(day))


def facts_of(holder: Holder, claims: Iterable[Claim]) -> dict[str, object]:
    """Return what a holder's claims and status tell the tariff.

    Of two ages the higher is the one that holds; of any other fact the first in the list's order.
    """
    facts = [stated(claim.category) for claim in claims]
    told = dict(reversed([(name, value) for name, value in facts if name != PROVEN]))
    ages = [value for name, value in facts if name == "age" and isinstance(value, int)]
    if ages:
        told["age"] = max(ages)
    proven = [value for name, value in facts if name == PROVEN]
    if proven:
        told[PROVEN] = told["entitlement"] = proven
    if holder.status in STATUS_FACTS:
        told[STATUS_FACTS[holder.status]] = True
    return told


def site_facts(place: Place, told: Mapping[str, object]) -> dict[str, object]:
    """Return where a site lies, seen from the home of a holder of whom the tariff is ``told``.

    Nothing where the terminal was not told its district, or no claim states the holder's. A town that only one of them
    states is not the holder's own.
    """
    district = told.get("resident_of")
    if not place.district or district is None:
        return {}
    if district != place.district:
        return {"home_district": False, "site": "other_district"}
    at_home = bool(place.town) and told.get("resident_town") == place.town
    return {"home_district": True, "site": "home" if at_home else "other_town"}


def lines_of(holder: Holder, claims: Iterable[Claim]) -> list[Line]:
    """Return the lines that say, to a technician alone, which claims count and which do not."""
    version = f"entitlement list {holder.version}"
    if holder.status:
        return [Line("holder.status", applied=False, reason=f"{holder.status}: claims are suspended, {version}")]
    counted = frozenset(claims)
    lines = [Line("holder.claim", claim in counted, _told(claim, version, claim in counted)) for claim in holder.claims]
    return lines or [Line("holder.claim", applied=False, reason=f"no claim, {version}")]


def _told(claim: Claim, version: str, counts: bool) -> str:  # noqa: FBT001 - one local word
    evidence = f"evidence {claim.evidence}" if claim.evidence else "no evidence named"
    return f"{claim.category}, {evidence}, {version}" + ("" if counts else ": not valid on this day")
