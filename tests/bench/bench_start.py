"""From nothing to the first durable write of ``onecard run`` after a power cut, against a bare interpreter."""

from __future__ import annotations

import asyncio
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from edge.control.client import open_client
from tests.bench.comparison import Comparison, Round
from tests.bench.disk_counts import disk_folder
from tests.bench.report import Report
from tests.bench.terminal_folder import TerminalFolder, enrolled
from tests.bench.virtual_devices import VirtualDevices, computed_us, read_line, virtual_devices
from tests.store.drafts import holder_row, intent, posted

ROW: Final = "start"
ROUNDS: Final = 15
TAPS_BEFORE: Final = 220
TAPS_SERVED: Final = 20
CARD: Final = "epurse:serial={}"
FIRST_SERIAL: Final = 3104930499900001000

START_X: Final = 14.0
ANON_MB: Final = 24.0
"""What is aimed at; not met, so printed beside what bounds it."""
PROCESSOR_X_MAX: Final = 42.0
ANON_MB_MAX: Final = 30.0
"""What is reached, with room: 36.7 (34 to 42) by the processor and 28.6 MB when they were set."""
BOUND: Final = "some 400 dataclasses made at import (three fifths of the import), then asyncio"


def run() -> int:
    """Time and measure; see the module."""
    report = Report(
        ROW,
        "`onecard run` until it has made its first entry durable and serves (reader left out), files warm in memory",
        "`python -I -c pass`, started and ended",
    )
    with disk_folder() as folder:
        cut = asyncio.run(_after_a_power_cut(folder))
        wal_bytes = (cut.root / "state" / "journal.db-wal").stat().st_size
        rounds = [_round(cut, folder / "run") for _ in range(ROUNDS)]
        both, processor = (Comparison(column) for column in zip(*rounds, strict=True))
        reached = processor.ratio(50).median
        report.figure("start, p50", both.text(50))
        report.figure("start, p50, processor", processor.text(50), value=reached, limit=PROCESSOR_X_MAX)
        if reached > START_X:
            report.note(f"  not met: {START_X:g} is aimed at; bounded by {BOUND}")
        report.note(
            f"{ROUNDS} rounds, one of each; {wal_bytes:,} bytes of log, {2 * TAPS_BEFORE + 1} entries, one intent open"
        )
        at_start, after_taps = asyncio.run(_anonymous_mb(cut, folder / "serving"))
        report.figure("RssAnon at start", f"{at_start:.1f} MB")
        served = f"{after_taps:.1f} MB"
        report.figure(f"RssAnon after {TAPS_SERVED} taps", served, value=after_taps, limit=ANON_MB_MAX)
        if after_taps > ANON_MB:
            report.note(f"  not met: {ANON_MB:g} MB is aimed at; bounded by the code of the same modules")
    return report.end()


async def _after_a_power_cut(folder: Path) -> TerminalFolder:
    """Return a terminal as a cut inside a debit leaves it: nothing checkpointed since the log was grown."""
    living = enrolled(folder / "living")
    journal = await living.open_journal()
    try:
        for tap in range(1, TAPS_BEFORE + 1):
            ordered = await journal.append(intent(tap, holder=tap))
            await journal.append(posted(tap, ordered.seq), holder=holder_row(tap, ordered))
        await journal.append(intent(TAPS_BEFORE + 1))
        shutil.copytree(living.root, folder / "cut")
    finally:
        await journal.close()
    return TerminalFolder(folder / "cut")


def _round(cut: TerminalFolder, place: Path) -> tuple[Round, Round]:
    """Return one start of each kind, by the clock and by the processor."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(cut.root, place)
    spent_us = _children_us()
    started_ns = time.perf_counter_ns()
    subprocess.run([sys.executable, "-I", "-c", "pass"], check=True)
    floor_us = (time.perf_counter_ns() - started_ns) / 1000
    floor_processor_us = _children_us() - spent_us
    started_ns = time.perf_counter_ns()
    with _terminal(TerminalFolder(place)) as pid:
        figure_us = (time.perf_counter_ns() - started_ns) / 1000
        figure_processor_us = computed_us((pid,))
    return Round([figure_us], [floor_us]), Round([figure_processor_us], [floor_processor_us])


def _children_us() -> float:
    """Return the processor time of all children that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (spent.ru_utime + spent.ru_stime) * 1e6


@contextmanager
def _terminal(folder: TerminalFolder) -> Iterator[int]:
    """Run the terminal; gives its process id once it says that it has started: the open intent is closed by then."""
    words = [str(Path(sys.executable).with_name("onecard")), "run", "--config", str(folder.config_file)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        try:
            while "service started" not in read_line(process.stderr):
                pass
            yield process.pid
        finally:
            process.terminate()
            process.communicate()


async def _anonymous_mb(cut: TerminalFolder, place: Path) -> tuple[float, float]:
    """Return the terminal's anonymous memory at its start, and after it served taps of different cards."""
    shutil.copytree(cut.root, place)
    folder = TerminalFolder(place)
    with _terminal(folder) as pid:
        at_start = _rss_anon_mb(pid)
        with virtual_devices(folder) as devices:
            await _serve(folder, devices)
            return at_start, _rss_anon_mb(pid)


async def _serve(folder: TerminalFolder, devices: VirtualDevices) -> None:
    async with await open_client(folder.socket) as client:
        await client.call("subscribe")
        for number in range(TAPS_SERVED):
            while (await client.event())["event"] != "tap":
                pass
            devices.order("remove")
            while (await client.event())["event"] != "card_left":
                pass
            devices.order("present", card=CARD.format(FIRST_SERIAL + number))


def _rss_anon_mb(pid: int) -> float:
    found = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"))
    if found is None:
        raise RuntimeError("this kernel does not tell anonymous memory apart")
    return int(found[1]) / 1024
