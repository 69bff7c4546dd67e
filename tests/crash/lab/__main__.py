"""Explore as long as you like: ``python -m tests.crash.lab STATES [SEED]``. Exit 1 where a promise breaks.

STATES are shared out among all subjects; one line of figures each.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.crash.lab.explorer import Findings, explore
from tests.crash.lab.subject import Subject, trace_of
from tests.crash.lab.trace import build_shim
from tests.crash.subjects.every import SUBJECTS, shares

BROKEN_SHOWN: Final = 20
ROW: Final = "{:<12}{:>12}{:>10}{:>10}{:>10}{:>14}{:>10}\n"


def explored(subject: Subject, shim: Path, lab: Path, states: int, seed: int) -> Findings:
    """Trace a subject once and explore it."""
    return asyncio.run(explore(subject, trace_of(subject, shim, lab), lab, states=states, seed=seed))


def main() -> int:
    """Explore every subject and print a table."""
    states, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    sys.stdout.write(ROW.format("subject", "operations", "states", "distinct", "seconds", "break promise", "unopened"))
    every: list[Findings] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as temporary:
        shim = build_shim(Path(temporary))
        for subject in SUBJECTS:
            start = time.monotonic()
            found = explored(subject, shim, Path(temporary) / subject.name, shares(states)[subject.name], seed)
            every.append(found)
            figures = found.operations, found.states, found.distinct, f"{time.monotonic() - start:.0f}"
            sys.stdout.write(ROW.format(found.subject, *figures, found.lost_states, found.unopened_states))
            sys.stdout.write("".join(f"  {problem}\n" for problem in found.broken[:BROKEN_SHOWN]))
            sys.stdout.flush()
    sums = [sum(getattr(found, name) for found in every) for name in ("operations", "states", "distinct")]
    ends = [sum(getattr(found, name) for found in every) for name in ("lost_states", "unopened_states")]
    sys.stdout.write(ROW.format("all", *sums, f"{time.monotonic() - began:.0f}", *ends))
    return 1 if any(ends) else 0


if __name__ == "__main__":
    sys.exit(main())
