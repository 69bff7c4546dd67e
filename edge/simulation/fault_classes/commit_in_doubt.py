"""A commit raises an I/O error: once it has not happened, once it has."""

from __future__ import annotations

import sqlite3
from typing import ClassVar, Final

from edge.simulation.disk import sqlite_error
from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector
from edge.simulation.life import Boundary
from edge.simulation.machine import Machine

DOUBTS: Final = {
    Boundary.COMMIT_BEFORE: FaultClass("commit_failed", 0.0008, "a commit raised an I/O error and had not happened"),
    Boundary.COMMIT_AFTER: FaultClass("commit_in_doubt", 0.0008, "a commit raised an I/O error although it happened"),
}


class CommitInDoubt(Injector):
    """Raises what SQLite raises when a flush fails."""

    classes: ClassVar[tuple[FaultClass, ...]] = tuple(DOUBTS.values())

    def at_boundary(self, machine: Machine, boundary: Boundary) -> None:
        """Raise, perhaps."""
        fault = DOUBTS.get(boundary)
        if fault is not None and machine.process.running and self.faults.strike(fault, machine.label):
            self.town.note(machine.label, fault.words)
            raise sqlite_error("disk I/O error", sqlite3.SQLITE_IOERR)
