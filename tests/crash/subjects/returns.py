"""The return from an edition that fails as a subject of the crash lab: by itself, or because a technician says so.

Whatever is left, the two slots stand as before or as after, no slot and no refusal is lost; one whole edition is in
force, and every entry of the journal names the one it was written under, each change told of by an entry; the floors
never sink; and the next edition is taken on what is left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from edge.domain.entry import Entry, Kind, Remark
from edge.domain.slots import Slots
from edge.ports.editions import Steps
from edge.store import floors as floors_module
from edge.store import slot_file as slot_file_module
from edge.store.edition import OpenEdition
from edge.store.floors import raise_floors, read_floors
from edge.store.journal import SqliteJournal
from edge.store.reference import FileReference
from edge.terminal.editions import EditionWatch
from sync.wire import decode_entry
from tests.crash.lab.subject import Subject, Unheard
from tests.crash.lab.trace import Mark
from tests.crash.subjects.in_force import mixed, number_of, sunken_floors
from tests.crash.subjects.planted import FORGOTTEN_FLUSHES, written_in_place
from tests.crash.subjects.returns_life import ALLOWED, NEWEST, Terminal, live, serving, stand_of
from tests.store.editions import CENTRE

NEXT: Final = NEWEST + 1


async def check(folder: Path, marks: Sequence[Mark]) -> list[str]:
    """Look at what is in force, serve under it, and take the next edition."""
    state = folder / "state"
    if not state.is_dir():
        return [] if not marks else ["the state folder is lost"]
    broken = _stand(state, marks)
    async with serving(state, Unheard()) as terminal:
        broken += await _lost_entries(terminal.journal, marks)
        broken += await _served(terminal)
        await terminal.take(NEXT)
        if number_of(terminal.reference) != NEXT:
            broken.append(f"edition {number_of(terminal.reference)} is in force where {NEXT} was taken")
        broken += await _served(terminal)
        broken += await _untold(terminal.journal)
    return broken


async def _served(terminal: Terminal) -> list[str]:
    """Take a tap; say where what is in force is not one whole edition, or not the one that the tap's entry names."""
    tapped, number = await terminal.tap(), number_of(terminal.reference)
    misnamed = [] if tapped.edition == number else [f"entry {tapped.seq} names edition {tapped.edition}, not {number}"]
    return misnamed + mixed(terminal.reference)


def _stand(state: Path, marks: Sequence[Mark]) -> list[str]:
    """Say where slots, floors or the edition in force are not what was promised or begun last."""
    stands = [mark for mark in marks if "stand" in (mark.get("begin"), mark.get("done"))]
    done = [mark["slots"] for mark in stands if "done" in mark]
    wanted = [done[-1] if done else stand_of(Slots())]
    wanted += [mark["slots"] for mark in stands[-1:] if "begin" in mark]
    reference = FileReference(state / "editions", CENTRE.public)
    broken = [f"refused at the start: {fault}" for fault in reference.start()]
    try:
        found = stand_of(reference.slots())
        if found not in wanted:
            broken.append(f"the slots are {found}, promised or begun {wanted}")
        if number_of(reference) != reference.slots().in_force:
            broken.append(f"edition {number_of(reference)} is in force, not that of the slots, {found}")
        broken += mixed(reference)
    finally:
        reference.close()
    newest = max((stand[0] for stand in done), default=0)
    return broken + sunken_floors(state, max(newest - ALLOWED, 0))


async def _lost_entries(journal: SqliteJournal, marks: Sequence[Mark]) -> list[str]:
    packed = await journal.page(1, journal.last_seq + 1)
    held = {decode_entry(entry).seq: hashlib.sha256(entry).hexdigest() for entry in packed}
    appended = {mark["seq"]: mark["sha256"] for mark in marks if mark.get("done") == "append"}
    lost = [f"entry {seq} was promised and is lost" for seq, digest in appended.items() if held.get(seq) != digest]
    return lost + [str(problem) for problem in await journal.verify()]


async def _untold(journal: SqliteJournal) -> list[str]:
    """Say where the edition changes from one entry to the next without the first of them telling of it."""
    entries = [decode_entry(packed) for packed in await journal.page(1, journal.last_seq)]
    return [
        f"entry {now.seq} does not tell of the change from {before.edition} to {now.edition}"
        for before, now in pairwise(entries)
        if before.edition != now.edition and not _tells(now, before.edition)
    ]


def _tells(entry: Entry, before: int) -> bool:
    if entry.kind is not Kind.CONFIG or not isinstance(entry.body, Remark):
        return False
    told = dict(entry.body.pairs)
    return (told["from"], told["to"]) == (str(before), str(entry.edition))


def _raise_floors_first() -> None:
    def noting(self: FileReference, edition: OpenEdition, slots: Slots) -> Steps[None]:
        raise_floors(self._floor_file, read_floors(self._floor_file), edition.headers)
        yield
        self._slot_file.change(slots)

    setattr(FileReference, "_noting", noting)  # noqa: B010 - a planted fault in a process of its own


def _swap_back_without_a_note() -> None:
    real = FileReference._noting  # noqa: SLF001 - as above

    def noting(self: FileReference, edition: OpenEdition, slots: Slots) -> Steps[None]:
        if edition.number > self.slots().in_force:
            yield from real(self, edition, slots)
        else:
            self._slot_file.assume(slots)

    setattr(FileReference, "_noting", noting)  # noqa: B010 - as above


def _tell_nobody() -> None:
    setattr(EditionWatch, "_note", lambda *_: None)  # noqa: B010 - as above


FAULTS: Final[Mapping[str, Callable[[], None]]] = {
    **FORGOTTEN_FLUSHES,
    "the slots are written in place": written_in_place((slot_file_module, "write_durably")),
    "the floors are written in place": written_in_place((floors_module, "write_durably")),
    "the floors are raised before the slots are noted": _raise_floors_first,
    "a return is not noted in the slots": _swap_back_without_a_note,
    "a change of editions is not told to the journal": _tell_nobody,
}

RETURNS: Final = Subject("returns", live, check, FAULTS)
