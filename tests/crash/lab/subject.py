"""What the lab crashes: a life that writes files and marks its promises, and a look at whatever is left of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.crash.lab.trace import Mark, Operation, traced


class Marks:
    """The file that takes the marks of one life."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)

    def begin(self, name: str, **facts: object) -> None:
        """Say what is about to happen: from now on it may be found done."""
        self.mark(begin=name, **facts)

    def done(self, name: str, **facts: object) -> None:
        """Promise what has happened: from now on it must be found done."""
        self.mark(done=name, **facts)

    def mark(self, **facts: object) -> None:
        """Write one mark."""
        self._file.write(json.dumps(facts).encode() + b"\n")


class Unheard(Marks):
    """Marks that nobody reads: what a check does promises nothing."""

    def __init__(self) -> None:
        """Need no file."""

    def mark(self, **facts: object) -> None:
        """Drop the mark."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One part of the product that keeps files.

    ``live(folder, marks)`` runs in a process of its own. ``check(folder, marks)`` goes on with what is left there, as
    the product would, and returns the promises that it finds broken, in words; a coded error says that the files do
    not open. ``faults`` plant, by name, a bug that the lab must find in ``live``.
    """

    name: str
    live: Callable[[Path, Marks], None]
    check: Callable[[Path, Sequence[Mark]], Awaitable[list[str]]]
    faults: Mapping[str, Callable[[], None]] = field(default_factory=dict)


LIFE: Final = "tests.crash.lab.life"


def trace_of(subject: Subject, shim: Path, lab: Path, fault: str = "") -> list[Operation]:
    """Let a subject live in the empty folder ``lab`` and return what it did to its files."""
    root, marks = lab / "root", lab / "marks"
    root.mkdir(parents=True)
    planted = [fault] if fault else []
    command = [sys.executable, "-m", LIFE, subject.name, str(root), str(marks), *planted]
    return traced(shim, command, root=root, trace=lab / "trace", marks=marks)


def newest(marks: Sequence[Mark], name: str, fact: str) -> tuple[int, int]:
    """Return the number in the last promise of a kind, and in the last beginning (0: none)."""
    done = [mark[fact] for mark in marks if mark.get("done") == name]
    begun = [mark[fact] for mark in marks if mark.get("begin") == name]
    return (done[-1] if done else 0), (begun[-1] if begun else 0)
