"""A write or flush fails, or the process is killed right there: what was promised is there, and no error hides."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.crash.lab.promises import broken_promises, promised
from tests.crash.sweep import FAULTS, GAVE_UP, SURVIVED, UNSEEN
from tests.crash.workload import SETTINGS
from tests.store.journals import opened

pytestmark = pytest.mark.crash

POINTS = 12
MAY_GO_UNSEEN = {
    "write ENOSPC once": "growing the log in advance is given up on a full disk",
    "folder flush EIO once": "SQLite keeps it to itself; the journal flushes the folder again and would hear",
}


def swept(shim: Path, lab: Path) -> list[dict[str, Any]]:
    """Run the sweep and return one record per point."""
    environment = {**os.environ, "LD_PRELOAD": str(shim)}
    command = [sys.executable, "-m", "tests.crash.sweep", str(lab), str(POINTS)]
    run = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=200)
    assert run.stderr == ""
    return [json.loads(line) for line in run.stdout.splitlines()]


async def broken_at(folder: Path) -> list[str]:
    """Reopen what a child left behind and hold it against the child's marks."""
    journal = await opened(folder / "state" / "journal.db", SETTINGS)
    try:
        return await broken_promises(journal, promised((folder / "marks").read_bytes().splitlines()))
    finally:
        await journal.close()


async def test_nothing_promised_is_lost_by_an_error_or_a_kill(
    shim: Path, lab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = swept(shim, lab)
    outcomes: Counter[tuple[str, int]] = Counter()
    for point in points:
        where = f"{point['fault']} at {point['at']} of {point['of']}"
        assert await broken_at(Path(point["folder"])) == [], where
        outcomes[point["fault"], point["code"]] += 1
    with capsys.disabled():
        sys.stdout.write(f"\n{len(points)} I/O faults and kills in the journal's life: no promise broken\n")
    for fault in FAULTS:
        kills = fault.name.startswith("killed")
        codes = {code for name, code in outcomes if name == fault.name}
        assert codes <= ({-9} if kills else {UNSEEN, SURVIVED, GAVE_UP}), fault.name
        assert codes, f"{fault.name} never struck"
        if fault.name not in MAY_GO_UNSEEN:
            assert UNSEEN not in codes, f"{fault.name} reached nobody"
    assert sum(count for (_, code), count in outcomes.items() if code == SURVIVED) > len(points) // 10
