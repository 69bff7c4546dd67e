"""One entry made durable by the journal, against one raw slot made durable by hand."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import Final

from edge.store.journal import SqliteJournal
from tests.bench.comparison import BLOCK, compared, pause
from tests.bench.disk_counts import Written, counted_disk, disk_folder
from tests.bench.raw_slot import RawSlots, raw_slots
from tests.bench.report import Report
from tests.bench.terminal_folder import enrolled
from tests.store.drafts import holder_row, intent, posted

ROW: Final = "durable"
ROUNDS: Final = 9
BLOCKS: Final = 40
COUNTED: Final = 300
PAUSES_MS: Final = {"paced 2 ms": 2, "flat out": 0}

P50_X_MAX: Final[float | None] = None
"""No limit yet."""
FLUSHES_MAX: Final = 1.06
BYTES_MAX: Final = 20_000.0
"""Of one durable write."""


def run() -> int:
    """Time and count; see the module."""
    report = Report(
        ROW,
        "one intent appended to the journal (numbered, chained, side rows, WAL + FULL), committed and flushed",
        "512 B overwritten in a preallocated file and fdatasync, nothing else",
    )
    with disk_folder() as folder:
        asyncio.run(_timed(folder, report))
    asyncio.run(_counted(report))
    return report.end()


async def _timed(folder: Path, report: Report) -> None:
    journal = await enrolled(folder).open_journal()
    try:
        with raw_slots(folder) as slots:
            for name, pause_ms in PAUSES_MS.items():
                both = await compared(
                    partial(_appends_us, journal, pause_ms),
                    partial(_slots_us, slots, pause_ms),
                    rounds=ROUNDS,
                    blocks=BLOCKS,
                )
                report.figure(f"{name}, p50", both.text(50), value=both.ratio(50).median, limit=P50_X_MAX)
                report.figure(f"{name}, p99", both.text(99))
    finally:
        await journal.close()
    report.note(
        f"{ROUNDS} rounds of {BLOCKS * BLOCK} of each, floor and journal in turns of {BLOCK}; no checkpoint timed"
    )


def _slots_us(slots: RawSlots, pause_ms: int, count: int) -> list[float]:
    took_us = []
    for _ in range(count):
        pause(pause_ms)
        started_ns = time.perf_counter_ns()
        slots.write()
        took_us.append((time.perf_counter_ns() - started_ns) / 1000)
    return took_us


async def _appends_us(journal: SqliteJournal, pause_ms: int, count: int) -> list[float]:
    """Time intents; the result that closes each is written untimed."""
    await journal.upkeep(0)
    took_us = []
    for tap in range(journal.last_seq + 1, journal.last_seq + 1 + count):
        draft = intent(tap, holder=tap % 1000)
        pause(pause_ms)
        started_ns = time.perf_counter_ns()
        ordered = await journal.append(draft)
        took_us.append((time.perf_counter_ns() - started_ns) / 1000)
        await journal.append(posted(tap, ordered.seq), holder=holder_row(tap % 1000, ordered))
    return took_us


async def _counted(report: Report) -> None:
    with counted_disk() as disk:
        with raw_slots(disk.folder) as slots:
            before = disk.written()
            for _ in range(COUNTED):
                slots.write()
            floor = disk.written() - before
        journal = await enrolled(disk.folder / "terminal").open_journal()
        try:
            intents, results = Written(), Written()
            for tap in range(1, COUNTED + 1):
                marks = [disk.written()]
                ordered = await journal.append(intent(tap, holder=tap))
                marks.append(disk.written())
                await journal.append(posted(tap, ordered.seq), holder=holder_row(tap, ordered))
                marks.append(disk.written())
                intents, results = intents + marks[1] - marks[0], results + marks[2] - marks[1]
        finally:
            await journal.close()
        flushes = intents.flushes / COUNTED
        report.figure("written for an intent", intents.per(COUNTED), value=flushes, limit=FLUSHES_MAX)
        report.figure("written for a result", results.per(COUNTED), value=results.flushes / COUNTED, limit=FLUSHES_MAX)
        larger = max(intents.bytes, results.bytes) / COUNTED
        report.figure("  bytes of the larger of them", f"{larger:,.0f}", value=larger, limit=BYTES_MAX)
        report.figure("written on the floor", floor.per(COUNTED))
        report.note(f"{COUNTED} of each, checkpoints left out (row tap has them in); {disk.how}")
