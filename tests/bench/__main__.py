"""``python -m tests.bench [ROW]``: figures beside their floors, one row after the other, or one row alone.

A row is one file ``bench_ROW.py`` in this folder with its name ``ROW: str`` and ``run() -> int`` (0 fine, 1 a limit was
missed). Existing is enough to be found; a row that is not asked for is not loaded.
Exit code: 0 fine, 1 a limit was missed, 2 no such row.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol, cast

from tests.bench.report import say

FOLDER: Final = Path(__file__).parent
PREFIX: Final = "bench_"


class Row(Protocol):
    """What a row's file provides."""

    ROW: str

    def run(self) -> int:
        """Measure and print; returns 0, or 1 where a limit was missed."""
        ...


def names() -> Sequence[str]:
    """Return the names of all rows by the names of their files; loads none of them."""
    return [path.stem.removeprefix(PREFIX) for path in sorted(FOLDER.glob(f"{PREFIX}*.py"))]


def load(name: str) -> Row:
    """Load one row; raises ``RuntimeError`` where it calls itself something else than its file."""
    row = cast("Row", importlib.import_module(f"tests.bench.{PREFIX}{name}"))
    if name != row.ROW:
        raise RuntimeError(f"{PREFIX}{name}.py calls itself {row.ROW}")
    return row


def main(words: Sequence[str]) -> int:
    """Run the rows that are asked for, all of them without words."""
    known = names()
    unknown = [word for word in words if word not in known]
    if unknown:
        say(f"no row {', '.join(unknown)}; there are: {', '.join(known)}")
        return 2
    code = max([load(name).run() for name in words or known], default=0)
    busy, processors = os.getloadavg()[0], os.cpu_count()
    say(f"load of the last minute: {busy:.1f} on {processors} processors; above {processors}, trust the counts alone")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
