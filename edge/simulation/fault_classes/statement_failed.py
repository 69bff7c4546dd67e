"""A statement other than COMMIT fails: a read or a write meets a bad block, a file system has turned read-only."""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import ClassVar, Final

from edge.simulation.disk import sqlite_error
from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector
from edge.simulation.life import Boundary
from edge.simulation.machine import Machine

BAD_BLOCK: Final = FaultClass("statement_failed", 0.0004, "a statement raised an I/O error (EIO)")
READ_ONLY: Final = FaultClass("read_only", 0.0004, "a transaction found the file system read-only (EROFS)")
CODES: Final = {BAD_BLOCK: sqlite3.SQLITE_IOERR, READ_ONLY: sqlite3.SQLITE_READONLY}
ANY: Final = ""
WRITING: Final = "BEGIN IMMEDIATE"


class StatementFailed(Injector):
    """Raises what SQLite raises, once, at the next statement that can meet the fault."""

    classes: ClassVar[tuple[FaultClass, ...]] = tuple(CODES)

    def at_boundary(self, machine: Machine, boundary: Boundary) -> None:
        """Let a statement of the job that begins here fail, perhaps; it counts when it has."""
        if boundary is not Boundary.JOB_BEFORE:
            return
        for fault in CODES:
            if self.faults.draw(fault, machine.label):
                machine.process.before_statement(partial(self._fail, machine, fault))

    def _fail(self, machine: Machine, fault: FaultClass, sql: str) -> None:
        if sql.startswith(WRITING if fault is READ_ONLY else ANY):
            machine.process.before_statement(None)
            self.faults.count(fault)
            self.town.note(machine.label, fault.words)
            raise sqlite_error(fault.words, CODES[fault])
