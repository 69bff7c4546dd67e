"""Closing a day of a million taps: stored postings are summed, and only rides that miss their exit are priced."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.bench.books_day import INSIDE, TAPS, build
from tests.bench.report import Report

ROW: Final = "books"
CLOSING_S_MAX: Final = 60.0
PEAK_MB_MAX: Final = 1_024.0


def run() -> int:
    """Print the figures; returns 1 where one misses its target."""
    floor = "the same lines summed by one statement on the same SQLite file, in the same run"
    report = Report(ROW, f"a day of {TAPS:,} taps closed, {INSIDE:,} rides priced at the centre", floor)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "central.db"
        start = time.perf_counter()
        asyncio.run(build(path))
        report.note(f"built in {time.perf_counter() - start:.0f} s: {path.stat().st_size // 1_000_000:,} MB")
        command = [sys.executable, "-m", "tests.bench.books_day", str(path)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    seconds = f"{told['closing_s']:.1f} s for {told['lines']:,} lines   the sum alone {told['floor_s']:.1f} s"
    report.figure("closing", seconds, value=told["closing_s"], limit=CLOSING_S_MAX)
    report.figure(
        "memory of the closing process", f"{told['peak_mb']:.0f} MB", value=told["peak_mb"], limit=PEAK_MB_MAX
    )
    report.figure("does not balance", str(not told["balanced"]), value=float(not told["balanced"]), limit=0.0)
    report.figure("full reprice", f"{told['repriced_per_s']:,.0f} taps a second")
    return report.end()
