"""Versions side by side as a subject of the crash lab: laid out from a stick, put in force, committed, gone back from.

Whatever is left, one version is in force and lies there whole; what was promised to be in force is; and the next
release can be laid out on what is left. Links are outside of what the lab records, so these releases have none.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from edge.domain.errors import OneCardError
from edge.installation import in_force as in_force_module
from edge.installation import stick as stick_module
from edge.installation.in_force import InForce, folder_of, put_in_force, read_in_force
from edge.installation.manifest import FILE, encode_manifest, is_whole, manifest_of
from edge.installation.stick import lay_out, open_release, pack_release
from tests.crash.lab.subject import Marks, Subject
from tests.crash.lab.trace import Mark
from tests.crash.subjects.planted import FORGOTTEN_FLUSHES, NEW_FOLDER, unflushed_folders, written_in_place
from tests.installation.versions import RELEASER

LIVED: Final = 5
IN_PLACE: Final = "the line is written over the one before"


def live(folder: Path, marks: Marks) -> None:
    """Install one release after the other; commit some, go back from others."""
    root = folder / "opt"
    with tempfile.TemporaryDirectory() as made:
        for number in range(1, LIVED + 1):
            bring(root, Path(made), number)
            before = read_in_force(root) if number > 1 else None
            change(root, marks, InForce("1") if before is None else before.followed_by(str(number)))
            if number % 3 == 0:
                change(root, marks, read_in_force(root).rolled_back())
            elif number > 1:
                change(root, marks, read_in_force(root).committed())


def bring(root: Path, made: Path, number: int) -> None:
    """Lay a release out from a stick."""
    folder = made / str(number)
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "onecard").write_text(f"version {number}\n" * 60)
    (folder / "library").write_text(f"{number}" * 700)
    (folder / FILE).write_bytes(encode_manifest(manifest_of(folder, str(number))))
    pack_release(folder, RELEASER, made)
    lay_out(open_release(made, [RELEASER.public], str(number)), root)


def change(root: Path, marks: Marks, wanted: InForce) -> None:
    """Put a line in the place of the one before, between two marks."""
    marks.begin("line", line=wanted.line())
    put_in_force(root, wanted)
    marks.done("line", line=wanted.line())


async def check(folder: Path, marks: Sequence[Mark]) -> list[str]:
    """Start what is in force, and bring one more release."""
    root, lines = folder / "opt", _lines(marks)
    broken = []
    if lines["done"] or (root / in_force_module.FILE).exists():
        try:
            found = read_in_force(root)
        except OneCardError as error:
            return [str(error)]
        if found.line() not in (lines["done"][-1:] or [found.line()]) + lines["open"]:
            broken.append(f"{found.line()!r} is in force, promised was {lines['done'][-1:]}")
        if not is_whole(folder_of(root, found.version)):
            broken.append(f"{found.version} is in force and not whole")
    with tempfile.TemporaryDirectory() as made:
        bring(root, Path(made), LIVED + 1)
    if not is_whole(folder_of(root, str(LIVED + 1))):
        broken.append("the next release is not whole")
    return broken


def _lines(marks: Sequence[Mark]) -> Mapping[str, list[str]]:
    """Return the lines that were promised, and the one that was begun after them."""
    done = [str(mark["line"]) for mark in marks if mark.get("done") == "line"]
    begun = [str(mark["line"]) for mark in marks if mark.get("begin") == "line"]
    return {"done": done, "open": begun[len(done) :]}


VERSIONS: Final = Subject(
    "versions",
    live,
    check,
    {
        **FORGOTTEN_FLUSHES,
        NEW_FOLDER: unflushed_folders(stick_module),
        IN_PLACE: written_in_place((in_force_module, "write_durably")),
    },
)
