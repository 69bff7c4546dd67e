"""The workload, one mark at a time: prints each mark and waits for a line before it goes on.

``python -m tests.crash.stepper JOURNAL MARKS TAPS``
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.crash.lab.subject import Marks
from tests.crash.subjects.journal_life import Life


class SteppedLife(Life):
    """Waits at every mark until its parent says go, or kills it."""

    def mark(self, **facts: object) -> None:
        """Write the mark, print it, wait."""
        super().mark(**facts)
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()
        sys.stdin.readline()


if __name__ == "__main__":
    asyncio.run(SteppedLife(Path(sys.argv[1]), Marks(Path(sys.argv[2]))).live(int(sys.argv[3])))
