"""Reference data as a subject of the crash lab: staged by the sync process, put into force by the terminal.

Whatever is left, the terminal starts with the old or the new edition, whole; with one, if ever there was one; the
floors never sink; and the next edition can be staged on what is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edge.crypto.signing import make_folder
from edge.store.floors import read_floors
from edge.store.reference import FileReference
from sync import downlink as downlink_module
from sync import list_parts as list_parts_module
from sync.downlink import Downlink
from tests.crash.lab.subject import Marks, Subject, newest
from tests.crash.lab.trace import Mark
from tests.crash.subjects.planted import FORGOTTEN_FLUSHES, NEW_FOLDER, unflushed_folders
from tests.crash.subjects.shelf import PARTED, deny_version_of, fare_of, listed_numbers, shelf
from tests.store import drafts
from tests.store.editions import CENTRE
from tests.store.list_editions import token

EDITIONS_LIVED: Final = 16
NEXT: Final = EDITIONS_LIVED + 1


def live(folder: Path, marks: Marks) -> None:
    """Stage one edition after the other and put it into force; the terminal starts anew now and then."""
    make_folder(folder / "state")
    asyncio.run(_live(folder / "state", marks))


async def _live(state: Path, marks: Marks) -> None:
    reference = FileReference(state / "editions", CENTRE.public)
    for edition in range(1, EDITIONS_LIVED + 1):
        marks.begin("edition", number=edition)
        await _renew(state, reference, edition)
        marks.done("edition", number=edition)
        if edition % 4 == 0:
            reference.prove()
        if edition % 5 == 0:
            reference.close()
            reference.start(serves=True)
    reference.close()


async def _renew(state: Path, reference: FileReference, edition: int) -> None:
    """Do what sync process and terminal do about a new edition."""
    in_force = _number(reference)
    downlink = Downlink(shelf(edition), CENTRE.public, state)
    staged = await downlink.stage(in_force)
    if staged is not None:
        downlink.taken(reference.install(state / "editions" / str(staged)))


async def check(folder: Path, marks: Sequence[Mark]) -> list[str]:
    """Start the terminal, look at what is in force, and renew it."""
    state = folder / "state"
    promised, begun = newest(marks, "edition", "number")
    reference = FileReference(state / "editions", CENTRE.public)
    broken = [f"refused at the start: {fault}" for fault in reference.start(serves=True)]
    try:
        in_force = _number(reference)
        if not promised <= in_force <= begun:
            broken.append(f"edition {in_force} is in force, promised {promised}, begun {begun}")
        broken += _mixed(reference) + _sunken_floors(state, promised)
        await _renew(state, reference, NEXT)
        broken += _mixed(reference)
    finally:
        reference.close()
    again = FileReference(state / "editions", CENTRE.public)
    with again:
        broken += [f"refused once renewed: {fault}" for fault in again.start()]
        if _number(again) != NEXT:
            broken.append(f"edition {_number(again)} is in force after the renewal")
    return broken


def _number(reference: FileReference) -> int:
    headers = reference.artifacts()
    return headers[0].version if headers else 0


def _mixed(reference: FileReference) -> list[str]:
    """Say where the parts in force do not belong to one edition."""
    number = _number(reference)
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


def _sunken_floors(state: Path, promised: int) -> list[str]:
    floors = read_floors(state / "editions" / "floors")
    wanted = {("edition", "edition"): promised, ("deny_list", "city-deny_list"): deny_version_of(promised)}
    sunken = {name: floors.get(key, 0) for key in wanted if (name := key[1]) and floors.get(key, 0) < wanted[key]}
    return [f"floors have sunk to {sunken}, promised {promised}"] if promised and sunken else []


EDITIONS: Final = Subject(
    "editions", live, check, {**FORGOTTEN_FLUSHES, NEW_FOLDER: unflushed_folders(downlink_module, list_parts_module)}
)
