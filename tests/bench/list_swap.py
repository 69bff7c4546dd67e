"""Taps while the terminal checks and swaps an edition of ten million tokens, beside taps without."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from edge.terminal.editions import in_steps
from tests.bench.comparison import percentile
from tests.bench.list_files import BigList
from tests.bench.report import Report
from tests.bench.tap_session import TapSession, tap_session
from tests.bench.terminal_folder import enrolled
from tests.bench.virtual_devices import virtual_devices

ROUNDS: Final = 5
TAPS: Final = 200
WARM_UP: Final = 50
GAP_MS: Final = 2
P99_X_MAX: Final = 1.2
STEP_MS_MAX: Final = 5.0


@dataclass
class Steps:
    """The steps of one piece of work, each timed."""

    longest_ms: float = 0.0
    busiest_ms: float = 0.0
    count: int = 0

    def timed(self, work: Generator[None, None, int]) -> Generator[None, None, int]:
        """Pass work on, and time what a tap may have to wait for."""
        while True:
            began, busy = time.perf_counter(), time.thread_time()
            try:
                next(work)
            except StopIteration as end:
                number: int = end.value
                return number
            finally:
                self.longest_ms = max(self.longest_ms, (time.perf_counter() - began) * 1000)
                self.busiest_ms = max(self.busiest_ms, (time.thread_time() - busy) * 1000)
                self.count += 1
            yield


async def swapped_under_taps(big: BigList, folder: Path, report: Report) -> None:
    """Compare taps in rounds: idle, then with one swap after the other beside them."""
    terminal = enrolled(folder)
    edition = big.shipped(2, as_delta=True).write(folder / "state")
    with virtual_devices(terminal):
        async with tap_session(terminal) as session:
            await _taps(session, WARM_UP)
            ratios, steps, swaps = [], Steps(), 0
            idle_us: list[float] = []
            busy_us: list[float] = []
            for _ in range(ROUNDS):
                idle = await _taps(session, TAPS)
                busy, swapped = await _taps_beside_swaps(session, edition, steps)
                ratios.append(percentile(busy, 99) / percentile(idle, 99))
                idle_us, busy_us, swaps = idle_us + idle, busy_us + busy, swaps + swapped
    text = f"{percentile(busy_us, 99) / 1000:.2f} ms, idle {percentile(idle_us, 99) / 1000:.2f}: "
    middle = median(ratios)
    text += f"{middle:.2f}x ({min(ratios):.2f}-{max(ratios):.2f})"
    report.figure("tap p99 during a swap", text, value=middle, limit=P99_X_MAX)
    text = f"{percentile(busy_us, 50) / 1000:.2f} ms, idle {percentile(idle_us, 50) / 1000:.2f}"
    report.figure("tap p50 during a swap", text)
    text = f"{steps.busiest_ms:.2f} ms of the processor, {steps.longest_ms:.2f} with flushes and others' turns"
    report.figure("longest step", text, value=steps.busiest_ms, limit=STEP_MS_MAX)
    report.note(f"{ROUNDS} rounds of {TAPS} taps each, {GAP_MS} ms between two; {swaps} swaps in {steps.count} steps")


async def _taps(session: TapSession, count: int) -> list[float]:
    took_us = []
    for _ in range(count):
        await asyncio.sleep(GAP_MS / 1000)
        began = time.perf_counter()
        async with session.service.supervisor.between_taps:
            await session.tap()
        took_us.append((time.perf_counter() - began) * 1e6)
    await session.upkeep()
    return took_us


async def _taps_beside_swaps(session: TapSession, folder: Path, steps: Steps) -> tuple[list[float], int]:
    """Take taps while an edition is put into force again and again, its parts hashed anew each time."""
    swaps = 0

    async def swap() -> None:
        nonlocal swaps
        service = session.service
        while True:
            for path in (folder / "segments").iterdir():
                os.utime(path)  # no longer the file that was verified
            await in_steps(service.supervisor.between_taps, steps.timed(service.keeper.installing(folder)))
            swaps += 1

    swapping = asyncio.create_task(swap())
    taps = await _taps(session, TAPS)
    swapping.cancel()
    with suppress(asyncio.CancelledError):
        await swapping
    return taps, swaps
