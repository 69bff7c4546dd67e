"""The disk of a simulated machine: a real folder that can fill up, be copied, and lose power.

A power cut keeps every byte that was written up to then: database and write-ahead log are copied at that moment,
never checkpointed. What a flush that lies, a torn sector or a reordered write would do to those bytes is the business
of the crash explorer, which works on the recorded writes of the unmodified process. Put the folder on a memory file
system: the store keeps flushing as in the field, and the flush costs nothing.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from edge.simulation.life import Boundary

NAMES: Final = {
    sqlite3.SQLITE_FULL: "SQLITE_FULL",
    sqlite3.SQLITE_IOERR: "SQLITE_IOERR",
    sqlite3.SQLITE_READONLY: "SQLITE_READONLY",
}


class Disk:
    """The folder ``path``, created when it is absent. ``full`` makes every commit of a database on it fail."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.full = False
        self.full_refusals = 0
        path.mkdir(parents=True, exist_ok=True)

    def image(self, target: Path) -> Path:
        """Copy the whole folder as it is now to ``target``, which must not exist; returns ``target``.

        Reading a database file drops the locks that this process holds on it, as POSIX wants it; SQLite keeps its own
        books inside one process, and no simulated machine shares a file with another.
        """
        shutil.copytree(self.path, target)
        return target

    def restore(self, image: Path) -> None:
        """Put the files of an image in place of the present ones. No process may be running on this disk."""
        shutil.rmtree(self.path)
        shutil.copytree(image, self.path)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Undo whatever the block does to the files, even through handles that are open already."""
        image = self.image(self.path.with_name(self.path.name + ".frozen"))
        try:
            yield
        finally:
            shutil.rmtree(self.path)
            image.rename(self.path)

    def reach(self, boundary: Boundary) -> None:
        """Raise what SQLite raises on a full disk when a commit is about to begin."""
        if self.full and boundary is Boundary.COMMIT_BEFORE:
            self.full_refusals += 1
            raise sqlite_error("database or disk is full", sqlite3.SQLITE_FULL)


def sqlite_error(message: str, code: int) -> sqlite3.OperationalError:
    """Return the error that SQLite raises with this message and result code."""
    error = sqlite3.OperationalError(message)
    error.sqlite_errorcode = code
    error.sqlite_errorname = NAMES[code]
    return error
