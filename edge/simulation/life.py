"""A life: one run of a simulated process, from its start to its end or its power cut.

Tasks, timers and callbacks inherit the life of whoever made them through a context variable. The loop drops every
step of a dead life, so a power cut stops all code of a process at once, without running a single ``finally``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextvars import ContextVar
from enum import Enum
from pathlib import Path
from typing import Any, Final, Protocol
from weakref import WeakSet


class Boundary(Enum):
    """Moments of a database job at which the power may fail or the disk may refuse.

    ``JOB_BEFORE``: queued, not begun. ``COMMIT_BEFORE``: inside the job, nothing of it durable. ``COMMIT_AFTER``:
    durable, the job still runs. ``JOB_AFTER``: done, its answer not yet delivered.
    """

    JOB_BEFORE = "job_before"
    COMMIT_BEFORE = "commit_before"
    COMMIT_AFTER = "commit_after"
    JOB_AFTER = "job_after"


class OpenFile(Protocol):
    """Something that holds a file of this life open and is torn away from it at a power cut."""

    def abandon(self) -> None:
        """Let go of the file at once; nothing may be raised."""
        ...


AtBoundary = Callable[[Boundary], None]
BeforeStatement = Callable[[str], None]
OnCommit = Callable[[sqlite3.Connection, Path], None]


class Life:
    """One run of one process.

    ``at_boundary`` hears of every boundary; it may cut the power or raise a ``sqlite3`` error. ``on_commit`` may read
    on a connection the very moment a commit has made something durable. ``before_statement``, where there is one, hears
    of every statement but COMMIT and may raise a ``sqlite3`` error. ``tasks`` are those that were made in it.
    """

    __slots__ = ("at_boundary", "before_statement", "dead", "name", "on_commit", "open_files", "tasks")

    def __init__(self, name: str, at_boundary: AtBoundary | None = None, on_commit: OnCommit | None = None) -> None:
        self.name = name
        self.dead = False
        self.at_boundary = at_boundary
        self.on_commit = on_commit
        self.before_statement: BeforeStatement | None = None
        self.open_files: list[OpenFile] = []
        self.tasks: WeakSet[Any] = WeakSet()

    def reach(self, boundary: Boundary) -> None:
        """Tell the listener that a database job of this life stands at ``boundary``."""
        if self.at_boundary is not None:
            self.at_boundary(boundary)


LIFE: Final[ContextVar[Life | None]] = ContextVar("LIFE", default=None)
"""The life whose code runs now; None for the world outside all processes."""
