"""Explores crash states: power goes after a drawn operation, some of the unsynced part is lost, the subject goes on."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from edge.domain.errors import OneCardError
from tests.crash.lab.disk import Disk, Left, Loss
from tests.crash.lab.subject import Subject
from tests.crash.lab.trace import Kind, Mark, Operation

LOSSES: Final = (Loss.ALL, Loss.SOME, Loss.SOME, Loss.TORN, Loss.TORN, Loss.GARBLED, Loss.NONE)
"""The losses tried in turn; those with most different outcomes come up twice."""
NUMBERED: Final = re.compile(r"[0-9a-f]{16,}|[0-9]+")


@dataclass(slots=True)
class Findings:
    """What an exploration saw. ``broken`` are sentences, several a state perhaps."""

    subject: str
    operations: int
    states: int = 0
    distinct: int = 0
    by_loss: Counter[Loss] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    lost_states: int = 0
    unopened_states: int = 0

    def line(self) -> str:
        """Return one line of figures."""
        losses = ", ".join(f"{loss.value} {count}" for loss, count in sorted(self.by_loss.items()))
        return (
            f"{self.subject}: {self.states} crash states ({self.distinct} distinct; lost {losses}): "
            f"{self.lost_states} break a promise, {self.unopened_states} do not open"
        )


async def explore(subject: Subject, operations: Sequence[Operation], lab: Path, *, states: int, seed: int) -> Findings:
    """Go on from ``states`` crash states drawn by ``seed``; ``lab`` is the folder in which the trace was made."""
    draw = Random(seed)
    return await explore_points(subject, operations, lab, drawn_points(operations, states, draw), draw)


async def explore_points(
    subject: Subject, operations: Sequence[Operation], lab: Path, points: Sequence[int], draw: Random
) -> Findings:
    """Go on from a crash state after each of these operations, in their order."""
    disk, marks, done = Disk(str(lab / "root")), list[Mark](), 0
    findings, seen = Findings(subject.name, len(operations)), set[bytes]()
    for number, point in enumerate(points):
        for operation in operations[done:point]:
            disk.apply(operation)
            if operation.kind is Kind.MARK:
                marks.append(json.loads(operation.written))
        done = point
        loss = LOSSES[number % len(LOSSES)]
        left = disk.after_power_loss(loss, draw)
        seen.add(_digest(left, len(marks)))
        findings.states += 1
        findings.by_loss[loss] += 1
        lay_out(left, lab / "state")
        await _look(subject, lab / "state", marks, findings, f"after operation {point}, {loss.value} lost")
    findings.distinct = len(seen)
    return findings


def drawn_points(operations: Sequence[Operation], states: int, draw: Random) -> list[int]:
    """Return, in order, after which operations the power goes, counted from 1.

    Every other one is drawn among all operations, the rest among those of a file that was drawn before, and before it
    the place that it lies in: else the thousands of a log hide the three of a key, and a folder full of segments the
    one file that says which of them are in force.
    """
    places = list(_points_by_place(operations).values())
    among_all = [draw.randint(1, len(operations)) for _ in range(states - states // 2)]
    return sorted([*among_all, *(draw.choice(draw.choice(draw.choice(places))) for _ in range(states // 2))])


def every_point(operations: Sequence[Operation], *names: str) -> list[int]:
    """Return, in order, every operation that leaves something unsafe of the files with these names."""
    places = _points_by_place(operations)
    files = [file for place, files in places.items() if Path(place).name in names for file in files]
    return sorted({point for file in files for point in file})


def _points_by_place(operations: Sequence[Operation]) -> dict[str, list[list[int]]]:
    """Return for every place its files, of each the operations that leave something unsafe: writes, resizes, names."""
    places: dict[str, list[list[int]]] = {}
    by_inode: dict[int, list[int]] = {}
    by_path: dict[str, list[int]] = {}
    for point, operation in enumerate(operations, 1):
        if operation.kind is Kind.CREATE:
            by_inode[operation.inode] = by_path[operation.path] = points = list[int]()
            places.setdefault(place_of(operation.path), []).append(points)
        if operation.kind is Kind.RENAME:
            by_path[operation.second] = by_path.pop(operation.path, [])
            by_path[operation.second].append(point)
        elif operation.inode in by_inode and operation.kind is not Kind.SYNC:
            by_inode[operation.inode].append(point)
    return places


def place_of(path: str) -> str:
    """Return a path without what tells the files of one place apart: hashes, numbers, and that one is being written."""
    return NUMBERED.sub("#", path.removesuffix(".new"))


async def _look(subject: Subject, folder: Path, marks: Sequence[Mark], findings: Findings, where: str) -> None:
    try:
        broken = await subject.check(folder, marks)
    except OneCardError as error:
        findings.unopened_states += 1
        findings.broken.append(f"{where}: {error}")
        return
    if broken:
        findings.lost_states += 1
        findings.broken += [f"{where}: {problem}" for problem in broken]


def lay_out(left: Sequence[Left], folder: Path) -> None:
    """Write what is left into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for item in left:
        path = folder / item.path
        if item.content is None:
            path.mkdir()
        elif item.twin:
            path.hardlink_to(folder / item.twin)
        else:
            path.write_bytes(item.content)
        path.chmod(item.mode)


def _digest(left: Sequence[Left], marks: int) -> bytes:
    digest = hashlib.sha256(marks.to_bytes(4, "big"))
    for item in left:
        content = b"/" if item.content is None else item.content
        head = f"{item.path}\0{item.mode}\0{item.twin}\0{len(content)}\0"
        digest.update(head.encode() + content)
    return digest.digest()
