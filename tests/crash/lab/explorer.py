"""Explores crash states: power goes after a drawn operation, some of the unsynced part is lost, the journal reopens."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from edge.domain.errors import OneCardError
from tests.crash.lab.disk import Disk, Loss
from tests.crash.lab.promises import Promises, broken_promises, promised
from tests.crash.lab.trace import Kind, Operation
from tests.crash.workload import SETTINGS
from tests.store.journals import opened

LOSSES: Final = (Loss.ALL, Loss.SOME, Loss.SOME, Loss.TORN, Loss.TORN, Loss.GARBLED, Loss.NONE)
"""The losses tried in turn; those with most different outcomes come up twice."""


@dataclass(slots=True)
class Findings:
    """What an exploration saw."""

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
            f"{self.states} crash states ({self.distinct} distinct; lost {losses}): "
            f"{self.lost_states} break a promise, {self.unopened_states} do not open"
        )


async def explore(operations: Sequence[Operation], folder: Path, *, states: int, seed: int) -> Findings:
    """Reopen the real journal in ``states`` crash states drawn by ``seed``; ``folder`` is empty and fast."""
    draw = Random(seed)
    points = sorted(draw.choices(range(1, len(operations) + 1), k=states))
    disk, marks, done = Disk(), list[bytes](), 0
    findings, seen = Findings(), set[bytes]()
    for number, point in enumerate(points):
        for operation in operations[done:point]:
            disk.apply(operation)
            if operation.kind is Kind.MARK:
                marks.append(operation.written)
        done = point
        loss = LOSSES[number % len(LOSSES)]
        files = disk.after_power_loss(loss, draw)
        seen.add(_digest(files, len(marks)))
        findings.states += 1
        findings.by_loss[loss] += 1
        await _reopen(files, folder, promised(marks), findings, f"after operation {point}, {loss.value} lost")
    findings.distinct = len(seen)
    return findings


async def _reopen(files: dict[str, bytes], folder: Path, promises: Promises, findings: Findings, where: str) -> None:
    _lay_out(files, folder)
    try:
        journal = await opened(folder / "journal.db", SETTINGS)
    except OneCardError as error:
        findings.unopened_states += 1
        findings.broken.append(f"{where}: {error}")
        return
    try:
        broken = await broken_promises(journal, promises)
    except OneCardError as error:
        broken = [str(error)]
    finally:
        await journal.close()
    if broken:
        findings.lost_states += 1
        findings.broken += [f"{where}: {problem}" for problem in broken]


def _lay_out(files: dict[str, bytes], folder: Path) -> None:
    """Write the files of a state into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for path, content in files.items():
        (folder / Path(path).name).write_bytes(content)


def _digest(files: dict[str, bytes], marks: int) -> bytes:
    digest = hashlib.sha256(marks.to_bytes(4, "big"))
    for path in sorted(files):
        digest.update(path.encode() + b"\0" + len(files[path]).to_bytes(8, "big") + files[path])
    return digest.digest()
