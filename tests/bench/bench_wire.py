"""Bytes of a tap on the wire, in columns and as it is, beside what its columns must have by their entropy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sync.batch import BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, Batch, packed_batch
from tests.bench.entropy import bound_bytes
from tests.bench.report import Report
from tests.bench.tap_stream import Stream, stream

ROW: Final = "wire"
TAPS: Final = 5_000
X_MAX: Final = 1.25


def run() -> int:
    """Print the figures; returns 1 where the columns take too much."""
    floor = "empirical entropy of each column for itself (numbers or their steps), random bytes where they are new"
    report = Report(
        ROW, f"{TAPS:,} purse taps, an intent and its proof each, in batches as the sync process cuts", floor
    )
    journal = stream(TAPS)
    bound, random_bytes = bound_bytes(journal.batch(1, len(journal.raws)).span, journal.raws)
    bound, random_bytes = bound / TAPS, random_bytes / TAPS
    report.note(f"entries as they are: {sum(map(len, journal.raws)) / TAPS:.1f} bytes a tap before any packing")
    report.figure("floor", f"{bound:.1f} bytes a tap, {random_bytes:.1f} of them random")
    cut = list(batches_by_size(journal))
    report.note(
        f"{len(cut)} batches, {TAPS / len(cut):.0f} taps each: what {BATCH_BYTES_MAX // 1024} KiB of entries hold"
    )
    rows = sum(len(packed_batch(batch)) for batch in cut) / TAPS
    report.figure("gzip of entries (format 1)", f"{rows:.1f} bytes a tap: {rows / bound:.2f}x")
    columns = sum(len(packed_batch(batch, in_columns=True)) for batch in cut) / TAPS
    even = (columns - random_bytes) / (bound - random_bytes)
    told = f"{columns:.1f} bytes a tap: {columns / bound:.2f}x ({even:.2f}x without what is random)"
    report.figure("gzip of columns (format 2)", told, value=columns / bound, limit=X_MAX)
    full = list(journal.batches(BATCH_ENTRIES_MAX))
    most = sum(len(packed_batch(batch, in_columns=True)) for batch in full) / TAPS
    report.figure(f"the same, {BATCH_ENTRIES_MAX} entries a batch", f"{most:.1f} bytes a tap: {most / bound:.2f}x")
    return report.end()


def batches_by_size(journal: Stream) -> Iterator[Batch]:
    """Yield the journal in batches that hold what a batch may hold."""
    first, size = 1, 0
    for seq, raw in enumerate(journal.raws, 1):
        if size + len(raw) > BATCH_BYTES_MAX or seq - first >= BATCH_ENTRIES_MAX:
            yield journal.batch(first, seq - 1)
            first, size = seq, 0
        size += len(raw)
    yield journal.batch(first, len(journal.raws))
