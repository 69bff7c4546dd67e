"""Taps of the real terminal line while a sync process beside it uploads a long journal, against taps while it rests."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from edge.domain.exchange import Ack, BatchSpan
from edge.ports import JournalKeeper
from sync.batch import batch_hash
from tests.bench.comparison import Comparison, Round
from tests.bench.disk_counts import disk_folder
from tests.bench.report import Report
from tests.bench.tap_session import TapSession, tap_session
from tests.bench.tap_stream import stream
from tests.bench.terminal_folder import EPOCH, NAME, TerminalFolder, enrolled
from tests.bench.virtual_devices import virtual_devices

ROW: Final = "upload"
ROUNDS: Final = 5
STREAM_TAPS: Final = 10_000
"""Two entries each; every upload is of all of them, and five rounds make more than 100,000 entries."""
WARM_UP: Final = 50
TAPS_MIN: Final = 450
"""Of one arm in one round; uploads are repeated until so many were beside them."""
P99_X_MAX: Final = 1.7
PAUSE_S: Final = 0.002
UNSENT_MAX: Final = 30
"""Before the limit of a terminal whose journal goes on from another process."""


def run() -> int:
    """Time; see the module."""
    report = Report(
        ROW,
        "purse tap paced at 2 ms while another process is told the journal's rows and packs them",
        "the same taps of the same terminal while nobody uploads",
    )
    with disk_folder() as folder:
        asyncio.run(_timed(folder, report))
    return report.end()


async def _timed(folder: Path, report: Report) -> None:
    terminal = enrolled(folder / "terminal")
    await _fill(terminal)
    rounds, uploaded, taps = [], 0, 0
    with virtual_devices(terminal):
        async with tap_session(terminal) as session, _uploader(terminal) as uploader:
            for _ in range(WARM_UP):
                await session.tap()
            for _ in range(ROUNDS):
                idle_us = [await _tap_us(session) for _ in range(TAPS_MIN)]
                busy_us: list[float] = []
                while len(busy_us) < TAPS_MIN:
                    took_us, count = await _beside_upload(session, uploader)
                    busy_us, uploaded = busy_us + took_us, uploaded + count
                rounds.append(Round(busy_us, idle_us))
                taps += len(busy_us)
    both = Comparison(rounds)
    report.figure("p50", both.text(50))
    report.figure("p99", both.text(99), value=both.ratio(99).median, limit=P99_X_MAX)
    report.note(f"{uploaded:,} entries uploaded beside {taps:,} taps, against {ROUNDS * TAPS_MIN:,}; {ROUNDS} rounds")


async def _fill(terminal: TerminalFolder) -> None:
    """Write what is uploaded; acked already, for the limits on unsent taps are not what is measured."""
    journal = await terminal.open_journal()
    try:
        for draft in stream(STREAM_TAPS).drafts:
            await journal.append(draft, durable=False)
        await _ack(journal)
    finally:
        await journal.close()


async def _ack(journal: JournalKeeper) -> None:
    """Take the ack of a centre that holds everything."""
    at = journal.position()
    first, last = at.acked + 1, at.last
    part = await journal.slice(first, last + 1 - first, 1 << 30)
    if part is not None:
        span = BatchSpan(NAME, EPOCH, first, last, part.previous_hash, part.head.head_hash)
        await journal.apply_ack(Ack(NAME, EPOCH, first, last, batch_hash(span), 1, last, last + 1, (), 0, ()))


@asynccontextmanager
async def _uploader(terminal: TerminalFolder) -> AsyncIterator[asyncio.subprocess.Process]:
    words = ["-m", "tests.bench.upload_peer", str(terminal.socket.with_name("sync.sock"))]
    pipe = subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, *words, stdin=pipe, stdout=pipe)
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


async def _beside_upload(session: TapSession, uploader: asyncio.subprocess.Process) -> tuple[list[float], int]:
    """Tap for as long as one upload of the first entries takes; returns the times and how many entries went."""
    if uploader.stdin is None or uploader.stdout is None:
        raise RuntimeError("the uploader was started without pipes")
    uploader.stdin.write(f"1 {2 * STREAM_TAPS}\n".encode("ascii"))
    uploading = asyncio.create_task(uploader.stdout.readline())
    took_us = []
    while not uploading.done():
        took_us.append(await _tap_us(session))
    return took_us, int(await uploading)


async def _tap_us(session: TapSession) -> float:
    """Return how long a tap took; the pause before it lets the control socket be served, and acks come in time."""
    journal = session.service.journal
    if journal.position().unsent_count >= UNSENT_MAX:
        await _ack(journal)
    await asyncio.sleep(PAUSE_S)
    started_ns = time.perf_counter_ns()
    await session.tap()
    return (time.perf_counter_ns() - started_ns) / 1000
