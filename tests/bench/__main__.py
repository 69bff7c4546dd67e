"""``python -m tests.bench [ROW]``: figures beside their floors, one row after the other, or one row alone.

A row is one file ``bench_*.py`` in this folder with ``ROW: str`` and ``run() -> int`` (0 fine, 1 a limit was missed).
Existing is enough to be found. Exit code: 0 fine, 1 a limit was missed, 2 no such row.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, cast

from tests.bench.report import say

FOLDER = Path(__file__).parent


class Row(Protocol):
    """What a row's file provides."""

    ROW: str

    def run(self) -> int:
        """Measure and print; returns 0, or 1 where a limit was missed."""
        ...


def rows() -> Mapping[str, Row]:
    """Return the rows by name; raises ``RuntimeError`` for a name that stands twice."""
    found: dict[str, Row] = {}
    for path in sorted(FOLDER.glob("bench_*.py")):
        row = cast("Row", importlib.import_module(f"tests.bench.{path.stem}"))
        if row.ROW in found:
            raise RuntimeError(f"two rows are named {row.ROW}")
        found[row.ROW] = row
    return found


def main(words: Sequence[str]) -> int:
    """Run the rows that are asked for, all of them without words."""
    known = rows()
    unknown = [word for word in words if word not in known]
    if unknown:
        say(f"no row {', '.join(unknown)}; there are: {', '.join(known)}")
        return 2
    code = max([known[name].run() for name in words or known], default=0)
    load, processors = os.getloadavg()[0], os.cpu_count()
    say(f"load of the last minute: {load:.1f} on {processors} processors; above {processors}, trust the counts alone")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
