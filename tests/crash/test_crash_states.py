"""Every crash state of the journal that the lab draws reopens with everything that was promised, exactly once."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from tests.crash.lab.disk import Loss
from tests.crash.lab.explorer import Findings, explore
from tests.crash.lab.trace import Kind, Operation, traced

pytestmark = pytest.mark.crash

STATES = 1_500
STATES_OF_A_FAULT = 150
TAPS = 45


def operations_of(shim: Path, lab: Path, *planted: str) -> list[Operation]:
    """Trace the workload."""
    root, marks = lab / "root", lab / "marks"
    root.mkdir()
    command = [sys.executable, "-m", "tests.crash.workload", str(root / "journal.db"), str(marks), str(TAPS), *planted]
    return traced(shim, command, root=root, trace=lab / "trace", marks=marks)


def say(capsys: pytest.CaptureFixture[str], findings: Findings) -> None:
    """Print the figures whatever pytest captures."""
    with capsys.disabled():
        sys.stdout.write(f"\n{findings.line()}\n")


async def test_no_crash_state_breaks_a_promise(shim: Path, lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    operations = operations_of(shim, lab)
    findings = await explore(operations, lab / "state", states=STATES, seed=1)
    say(capsys, findings)
    assert findings.broken == []
    assert findings.states == STATES
    assert findings.distinct > STATES // 3
    assert set(findings.by_loss) == set(Loss)


async def test_the_lab_sees_a_commit_that_does_not_wait_for_the_disk(shim: Path, lab: Path) -> None:
    operations = operations_of(shim, lab, "NORMAL")
    findings = await explore(operations, lab / "state", states=STATES_OF_A_FAULT, seed=2)
    assert findings.lost_states > STATES_OF_A_FAULT // 10
    assert any("was promised and is lost" in problem for problem in findings.broken)
    assert findings.unopened_states == 0  # NORMAL loses the newest entries; it does not damage the file


def lying(operations: Sequence[Operation], seed: int) -> list[Operation]:
    """Return the trace as a disk sees it that forgets three of ten flushes."""
    draw = Random(seed)
    return [item for item in operations if item.kind is not Kind.SYNC or draw.random() > 0.3]


async def test_the_lab_sees_a_disk_that_lies_about_flushes(shim: Path, lab: Path) -> None:
    operations = lying(operations_of(shim, lab), seed=3)
    findings = await explore(operations, lab / "state", states=STATES_OF_A_FAULT, seed=3)
    assert findings.lost_states + findings.unopened_states > STATES_OF_A_FAULT // 20


async def test_the_same_seed_draws_the_same_states(shim: Path, lab: Path) -> None:
    operations = operations_of(shim, lab)
    lines = [(await explore(operations, lab / "state", states=40, seed=9)).line() for _ in range(2)]
    assert lines[0] == lines[1]


def flushes_of_appends(operations: Sequence[Operation]) -> list[int]:
    """Return how many flushes lay between the begin and the end of each durable append."""
    counts, flushes = [], 0
    for operation in operations:
        if operation.kind is Kind.SYNC:
            flushes += 1
        elif operation.kind is Kind.MARK:
            mark = json.loads(operation.written)
            if mark.get("done") == "append" and mark["durable"]:
                counts.append(flushes)
            flushes = 0
    return counts


def test_an_append_returns_after_a_flush_and_mostly_after_just_one(shim: Path, lab: Path) -> None:
    """Two, where the log starts over after a checkpoint: SQLite then flushes its header first."""
    counts = flushes_of_appends(operations_of(shim, lab))
    assert len(counts) > TAPS
    assert min(counts) == 1
    assert counts.count(1) > len(counts) * 3 // 4
