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
from edge.store.reference import FileReference
from sync import downlink as downlink_module
from sync import list_parts as list_parts_module
from sync.downlink import Downlink
from tests.crash.lab.subject import Marks, Subject, newest
from tests.crash.lab.trace import Mark
from tests.crash.subjects.in_force import mixed, number_of, sunken_floors
from tests.crash.subjects.planted import FORGOTTEN_FLUSHES, NEW_FOLDER, unflushed_folders
from tests.crash.subjects.shelf import shelf
from tests.store.editions import CENTRE

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
    in_force = number_of(reference)
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
        in_force = number_of(reference)
        if not promised <= in_force <= begun:
            broken.append(f"edition {in_force} is in force, promised {promised}, begun {begun}")
        broken += mixed(reference) + sunken_floors(state, promised)
        await _renew(state, reference, NEXT)
        broken += mixed(reference)
    finally:
        reference.close()
    again = FileReference(state / "editions", CENTRE.public)
    with again:
        broken += [f"refused once renewed: {fault}" for fault in again.start()]
        if number_of(again) != NEXT:
            broken.append(f"edition {number_of(again)} is in force after the renewal")
    return broken


EDITIONS: Final = Subject(
    "editions", live, check, {**FORGOTTEN_FLUSHES, NEW_FOLDER: unflushed_folders(downlink_module, list_parts_module)}
)
