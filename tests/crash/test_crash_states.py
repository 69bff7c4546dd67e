"""Every crash state that the lab draws goes on with everything that was promised, exactly once; and the lab sees."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from tests.crash.lab.disk import Disk, Loss
from tests.crash.lab.explorer import Findings, explore, lay_out
from tests.crash.lab.subject import Subject, trace_of
from tests.crash.lab.trace import Kind, Operation
from tests.crash.subjects.every import SUBJECTS, shares
from tests.crash.subjects.journal import JOURNAL, NO_WAIT, TAPS

pytestmark = pytest.mark.crash

STATES = 5_000
STATES_OF_A_FAULT = 200
PLANTED = [(subject, fault) for subject in SUBJECTS for fault in subject.faults]


def say(capsys: pytest.CaptureFixture[str], findings: Findings) -> None:
    """Print the figures whatever pytest captures."""
    with capsys.disabled():
        sys.stdout.write(f"\n{findings.line()}\n")


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
async def test_no_crash_state_breaks_a_promise_of(
    subject: Subject, shim: Path, lab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    states = shares(STATES)[subject.name]
    findings = await explore(subject, trace_of(subject, shim, lab), lab, states=states, seed=1)
    say(capsys, findings)
    assert findings.broken == []
    assert findings.states == states
    assert findings.distinct > states // 4
    assert set(findings.by_loss) == set(Loss)


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return mode and content of everything below a folder."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_nothing_is_missed_in_the_life_of(subject: Subject, shim: Path, lab: Path) -> None:
    """The recorded operations, all of them kept, make just the files that are there in truth."""
    operations = trace_of(subject, shim, lab)
    disk = Disk(str(lab / "root"))
    for operation in operations:
        disk.apply(operation)
    lay_out(disk.after_power_loss(Loss.NONE, Random(0)), lab / "state")
    assert tree(lab / "state") == tree(lab / "root")


def test_the_states_of_all_subjects_are_no_fewer_than_was_asked() -> None:
    assert sum(shares(STATES).values()) >= STATES


@pytest.mark.parametrize(("subject", "fault"), PLANTED, ids=[f"in {s.name}, {fault}" for s, fault in PLANTED])
async def test_the_lab_sees_that(subject: Subject, fault: str, shim: Path, lab: Path) -> None:
    operations = trace_of(subject, shim, lab, fault)
    findings = await explore(subject, operations, lab, states=STATES_OF_A_FAULT, seed=2)
    assert findings.lost_states + findings.unopened_states > 0


async def test_a_commit_that_does_not_wait_loses_the_newest_entries_alone(shim: Path, lab: Path) -> None:
    findings = await explore(JOURNAL, trace_of(JOURNAL, shim, lab, NO_WAIT), lab, states=STATES_OF_A_FAULT, seed=2)
    assert findings.lost_states > STATES_OF_A_FAULT // 10
    assert any("was promised and is lost" in problem for problem in findings.broken)
    assert findings.unopened_states == 0


def lying(operations: Sequence[Operation], seed: int) -> list[Operation]:
    """Return the trace as a disk sees it that forgets three of ten flushes."""
    draw = Random(seed)
    return [item for item in operations if item.kind is not Kind.SYNC or draw.random() > 0.3]


async def test_the_lab_sees_a_disk_that_lies_about_flushes(shim: Path, lab: Path) -> None:
    operations = lying(trace_of(JOURNAL, shim, lab), seed=3)
    findings = await explore(JOURNAL, operations, lab, states=STATES_OF_A_FAULT, seed=3)
    assert findings.lost_states + findings.unopened_states > STATES_OF_A_FAULT // 20


async def test_the_same_seed_draws_the_same_states(shim: Path, lab: Path) -> None:
    operations = trace_of(JOURNAL, shim, lab)
    lines = [(await explore(JOURNAL, operations, lab, states=40, seed=9)).line() for _ in range(2)]
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
    counts = flushes_of_appends(trace_of(JOURNAL, shim, lab))
    assert len(counts) > TAPS
    assert min(counts) == 1
    assert counts.count(1) > len(counts) * 3 // 4
