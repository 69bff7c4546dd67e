"""A write, flush or change of names fails, or the process is killed right there: no promise broken, no error hidden.

An error reaches the caller with a code, whatever failed: also on a file system that turned read-only (EROFS).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.crash.lab.subject import Subject
from tests.crash.lab.trace import read_marks
from tests.crash.subjects.every import SUBJECTS
from tests.crash.subjects.journal import JOURNAL
from tests.crash.sweep import FAULTS, FILE_FAULTS, GAVE_UP, SURVIVED, UNSEEN

pytestmark = pytest.mark.crash

POINTS = 12
FILE_POINTS = 6
MAY_GO_UNSEEN = {
    "write ENOSPC once": "growing the log in advance is given up on a full disk",
    "folder flush EIO once": "SQLite keeps it to itself; the journal flushes the folder again and would hear",
}
FILES = [subject for subject in SUBJECTS if subject is not JOURNAL]


def swept(subject: Subject, shim: Path, lab: Path, points: int) -> list[dict[str, Any]]:
    """Run the sweep and return one record per point."""
    environment = {**os.environ, "LD_PRELOAD": str(shim)}
    command = [sys.executable, "-m", "tests.crash.sweep", subject.name, str(lab), str(points)]
    run = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=200)
    assert run.stderr == ""
    return [json.loads(line) for line in run.stdout.splitlines()]


async def outcomes_of(subject: Subject, points: list[dict[str, Any]]) -> Counter[tuple[str, int]]:
    """Look at what every child left behind; returns how often each fault ended with each code."""
    outcomes: Counter[tuple[str, int]] = Counter()
    for point in points:
        folder = Path(point["folder"])
        broken = await subject.check(folder / "state", read_marks((folder / "marks").read_bytes()))
        assert broken == [], f"{point['fault']} at {point['at']} of {point['of']}"
        outcomes[point["fault"], point["code"]] += 1
    return outcomes


async def test_nothing_promised_is_lost_by_an_error_or_a_kill(
    shim: Path, lab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = swept(JOURNAL, shim, lab, POINTS)
    outcomes = await outcomes_of(JOURNAL, points)
    with capsys.disabled():
        sys.stdout.write(f"\n{len(points)} I/O faults and kills in the journal's life: no promise broken\n")
    for fault in FAULTS:
        kills = fault.name.startswith("killed")
        codes = {code for name, code in outcomes if name == fault.name}
        assert codes <= ({-9} if kills else {UNSEEN, SURVIVED, GAVE_UP}), fault.name
        assert codes, f"{fault.name} never struck"
        if fault.name not in MAY_GO_UNSEEN:
            # The last change of all is SQLite removing its log at closing: everything in it is in the database by then.
            before_the_last = {point["code"] for point in points if point["fault"] == fault.name and not _last(point)}
            assert UNSEEN not in before_the_last, f"{fault.name} reached nobody"
    assert sum(count for (_, code), count in outcomes.items() if code == SURVIVED) > len(points) // 10


def _last(point: dict[str, Any]) -> bool:
    return bool(point["at"] == point["of"])


@pytest.mark.parametrize("subject", FILES, ids=lambda subject: subject.name)
async def test_an_error_has_a_code_and_loses_nothing_in(
    subject: Subject, shim: Path, lab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = swept(subject, shim, lab, FILE_POINTS)
    outcomes = await outcomes_of(subject, points)
    with capsys.disabled():
        sys.stdout.write(f"\n{len(points)} I/O faults in {subject.name}: no promise broken\n")
    assert {name for name, _ in outcomes} == {fault.name for fault in FILE_FAULTS}
    assert {code for _, code in outcomes} <= {UNSEEN, GAVE_UP}
    assert sum(count for (_, code), count in outcomes.items() if code == GAVE_UP) > len(points) // 2
