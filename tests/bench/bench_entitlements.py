"""Two hundred thousand entitlements: size on the disk, anonymous memory and look-up, beside SQLite in the same run."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edge.domain.holder import HolderRecord
from edge.ports.editions import Steps
from edge.store.keyed_rows import Roster
from sync.row_form import Row, rows_part
from sync.wire import decode, encode
from tests.bench.comparison import percentile
from tests.bench.report import Report
from tests.store.row_lists import elder, segment, token

ROW: Final = "entitlements"
HOLDERS: Final = 200_000
MEDIA: Final = 3
FILE_BYTES_MAX: Final = 40_000_000
LOOK_UP_US_MAX: Final = 30.0
ANONYMOUS_KB_MAX: Final = 1_024
STEP_MS_MAX: Final = 1.0
ROUNDS: Final = 15
ASKED: Final = 997
"""Media asked for in turn, spread over the whole list."""


def run() -> int:
    """Print the figures; returns 1 where one misses its target."""
    floor = "the same rows in SQLite, one indexed table, read through the page cache in the same run"
    report = Report(ROW, f"{HOLDERS:,} holders, {MEDIA} media each, two claims with evidence", floor)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [elder(number, MEDIA) for number in range(HOLDERS)]
        listed = segment(folder, rows_part(rows), HOLDERS)
        size = listed.part("rows").stat().st_size
        report.figure("file", f"{size:,} bytes", value=size, limit=FILE_BYTES_MAX)
        before = anonymous_kb()
        found = Roster(listed)
        told, half_ms = pace(found.reading())
        report.figure("checking, first time only", told, value=half_ms, limit=STEP_MS_MAX)
        grown = anonymous_kb() - before
        report.figure("anonymous memory", f"{grown:,} kB more", value=grown, limit=ANONYMOUS_KB_MAX)
        ask_both(report, found, folder, rows)
        found.close()
    return report.end()


def ask_both(report: Report, found: Roster, folder: Path, rows: list[Row]) -> None:
    """Look media up in the list and in SQLite, hits and misses."""
    with sqlite3.connect(folder / "floor.db") as database:
        database.execute("CREATE TABLE holder (token BLOB PRIMARY KEY, record BLOB) WITHOUT ROWID")
        database.executemany(
            "INSERT INTO holder VALUES (?, ?)", ((key, encode(row)) for keys, row in rows for key in keys)
        )
        database.commit()
        hits = [token(number * 10 + number % (MEDIA + 1)) for number in range(0, HOLDERS, HOLDERS // ASKED)]
        misses = [token(number * 10 + MEDIA + 1) for number in range(0, HOLDERS, HOLDERS // ASKED)]

        def row(key: bytes) -> HolderRecord | None:
            packed = database.execute("SELECT record FROM holder WHERE token = ?", (key,)).fetchone()
            return None if packed is None else decode(HolderRecord, packed[0])

        for name, keys in (("hit", hits), ("miss", misses)):
            ours, theirs = microseconds(found.find, keys), microseconds(row, keys)
            report.figure(
                f"look-up, {name}", f"{ours:.1f} us   SQLite {theirs:.1f} us", value=ours, limit=LOOK_UP_US_MAX
            )
    database.close()


def microseconds(find: Callable[[bytes], object], keys: list[bytes]) -> float:
    """Return what one look-up takes of the processor, the best of some rounds: others share the machine."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.thread_time()
        for key in keys:
            find(key)
        best = min(best, time.thread_time() - start)
    return 1_000_000 * best / len(keys)


def pace(steps: Steps[None]) -> tuple[str, float]:
    """Do a piece of work; returns what it took, and the median of its steps in ms: others share the machine."""
    took: list[float] = []
    start = time.perf_counter()
    for _ in steps:
        took.append((time.perf_counter() - start) * 1000)
        start = time.perf_counter()
    half = percentile(took, 50)
    high = percentile(took, 99)
    return f"{sum(took):,.0f} ms in {len(took):,} steps, median {half:.2f} ms, p99 {high:.2f} ms", half


def anonymous_kb() -> int:
    """Return the anonymous memory of this process, in kB."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon"))
