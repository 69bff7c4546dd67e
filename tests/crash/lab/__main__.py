"""Explore as long as you like: ``python -m tests.crash.lab STATES [SEED]``. Exit 1 where a promise breaks."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.crash.lab.explorer import explore
from tests.crash.lab.trace import build_shim, traced

TAPS = 45


def main() -> int:
    """Trace once, explore, print one line of figures."""
    states, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory(dir="/dev/shm") as temporary:
        lab = Path(temporary)
        root, marks = lab / "root", lab / "marks"
        root.mkdir()
        command = [sys.executable, "-m", "tests.crash.workload", str(root / "journal.db"), str(marks), str(TAPS)]
        operations = traced(build_shim(lab), command, root=root, trace=lab / "trace", marks=marks)
        began = time.monotonic()
        findings = asyncio.run(explore(operations, lab / "state", states=states, seed=seed))
    seconds = time.monotonic() - began
    sys.stdout.write("".join(f"{problem}\n" for problem in findings.broken[:20]))
    sys.stdout.write(f"{findings.line()}; seed {seed}, {len(operations)} operations, {seconds:.0f} s\n")
    return 1 if findings.broken else 0


if __name__ == "__main__":
    sys.exit(main())
