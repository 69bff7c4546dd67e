"""What a terminal has in force of the shelf's editions: one whole edition, and floors that never sink."""

from __future__ import annotations

from pathlib import Path

from edge.store.floors import read_floors
from edge.store.reference import FileReference
from tests.crash.subjects.shelf import PARTED, deny_version_of, fare_of, listed_numbers
from tests.store import drafts
from tests.store.list_editions import token


def number_of(reference: FileReference) -> int:
    """Return the edition in force, 0 where there is none."""
    headers = reference.artifacts()
    return headers[0].version if headers else 0


def mixed(reference: FileReference) -> list[str]:
    """Say where the parts in force do not belong to one edition."""
    number = number_of(reference)
    if not number:
        return []
    versions = {header.name: header.version for header in reference.artifacts()}
    deny, tariff = "city-deny_list", "city-tariff"
    wanted = {"edition": number, tariff: number, deny: deny_version_of(number), PARTED: number}
    bundle = reference.policy().versions[-1]
    fits = versions == wanted and str(fare_of(number)) in repr(bundle)
    listed = 40 * deny_version_of(number) - 1
    fits = fits and reference.listed(drafts.token_of(listed)) and not reference.listed(drafts.token_of(listed + 1))
    named = {each for each in range(10 * (number + 12)) if reference.listed(token(each))}
    fits = fits and named == set(listed_numbers(number))
    return [] if fits else [f"edition {number} is mixed: {versions}"]


def sunken_floors(state: Path, promised: int) -> list[str]:
    """Say which floors lie below what an edition promised that forbids all before ``promised``."""
    floors = read_floors(state / "editions" / "floors")
    wanted = {("edition", "edition"): promised, ("deny_list", "city-deny_list"): deny_version_of(promised)}
    sunken = {name: floors.get(key, 0) for key in wanted if (name := key[1]) and floors.get(key, 0) < wanted[key]}
    return [f"floors have sunk to {sunken}, promised {promised}"] if promised and sunken else []
