"""SIGKILL at each named step of the journal's process: it waits there, is killed, and its file is opened again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.crash.lab.trace import read_marks
from tests.crash.subjects.journal_life import SETTINGS
from tests.crash.subjects.promises import broken_promises, promised
from tests.store.journals import opened

pytestmark = pytest.mark.crash

TAPS = 18
APPENDED = ("INTENT", "POSTED", "VOIDED", "TORN", "SETTLED", "DECLINED", "TAP")
HOUSE = ("checkpoint", "ack", "prune")
STEPS = [
    *((moment, "append", kind) for kind in APPENDED for moment in ("begin", "done")),
    *((moment, name, "") for name in HOUSE for moment in ("begin", "done")),
]


def is_step(mark: dict[str, Any], moment: str, name: str, kind: str) -> bool:
    """Say whether a mark is the step."""
    return mark.get(moment) == name and (not kind or mark["kind"] == kind)


@pytest.mark.parametrize(("moment", "name", "kind"), STEPS, ids=[f"{m} {n} {k}".strip() for m, n, k in STEPS])
def kill_at(command: list[str], moment: str, name: str, kind: str) -> None:
    """Lead the process to the step and kill it there."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        while line := process.stdout.readline():
            if is_step(json.loads(line), moment, name, kind):
                process.kill()
                break
            process.stdin.write(b"\n")
            process.stdin.flush()
        assert process.wait(20) == -signal.SIGKILL, "the step never came"


@pytest.mark.parametrize(("moment", "name", "kind"), STEPS, ids=[f"{m} {n} {k}".strip() for m, n, k in STEPS])
async def test_a_journal_killed_at(tmp_path: Path, moment: str, name: str, kind: str) -> None:
    journal_path, marks = tmp_path / "journal.db", tmp_path / "marks"
    command = [sys.executable, "-m", "tests.crash.stepper", str(journal_path), str(marks), str(TAPS)]
    kill_at(command, moment, name, kind)
    for _ in range(2):  # opening twice ends in the same state
        journal = await opened(journal_path, SETTINGS)
        try:
            assert await broken_promises(journal, promised(read_marks(marks.read_bytes()))) == []
        finally:
            await journal.close()
