"""From nothing to the first durable write of ``onecard run`` after a power cut, against a bare interpreter."""

from __future__ import annotations

import asyncio
import compileall
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import drivers
import edge
import firmware_profiles
import sync
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

PACKAGES: Final = (drivers, edge, firmware_profiles, sync)
AT_REST: Final = "journal at rest"
SERVES: Final = "service started"
AT_REST_X_MAX: Final = 14.0
SERVES_X_MAX: Final = 25.0
ANON_MB_MAX: Final = 24.0


def run() -> int:
    """Time and measure; see the module."""
    report = Report(
        ROW,
        "`onecard run` after a power cut inside a debit, files compiled and warm in memory",
        "`python -I -c pass`, started and ended",
    )
    for package in PACKAGES:
        compileall.compile_dir(package.__path__[0], quiet=1)
    with disk_folder() as folder:
        cut = asyncio.run(_after_a_power_cut(folder))
        wal_bytes = (cut.root / "state" / "journal.db-wal").stat().st_size
        starts = [_start(cut, folder / "run") for _ in range(ROUNDS)]
        _print(report, "first durable write", [one.at_rest for one in starts], AT_REST_X_MAX)
        _print(report, "until it serves", [one.serves for one in starts], SERVES_X_MAX)
        report.note(
            f"{ROUNDS} rounds, one of each; {wal_bytes:,} bytes of log, {2 * TAPS_BEFORE + 1} entries, one intent open;"
        )
        report.note("the first durable write closes that intent; to serve, the reader's drivers are loaded, not opened")
        at_start, after_taps = asyncio.run(_anonymous_mb(cut, folder / "serving"))
        report.figure("RssAnon at start", f"{at_start:.1f} MB")
        served = f"{after_taps:.1f} MB"
        report.figure(f"RssAnon after {TAPS_SERVED} taps", served, value=after_taps, limit=ANON_MB_MAX)
    return report.end()


def _print(report: Report, name: str, moments: Sequence[tuple[Round, Round]], x_max: float) -> None:
    """Print one moment of every start: by the clock, and by the processor, which decides."""
    both, processor = (Comparison(column) for column in zip(*moments, strict=True))
    report.figure(f"{name}, p50", both.text(50))
    reached = processor.ratio(50).median
    report.figure(f"{name}, processor", processor.text(50), value=reached, limit=x_max)


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


@dataclass(frozen=True, slots=True)
class Start:
    """Two moments of one start beside a bare interpreter of the same round; each by the clock, and by the processor."""

    at_rest: tuple[Round, Round]
    serves: tuple[Round, Round]


def _start(cut: TerminalFolder, place: Path) -> Start:
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(cut.root, place)
    spent_us = _children_us()
    started_ns = time.perf_counter_ns()
    subprocess.run([sys.executable, "-I", "-c", "pass"], check=True)
    floors_us = (time.perf_counter_ns() - started_ns) / 1000, _children_us() - spent_us
    started_ns = time.perf_counter_ns()

    def moment(event: str) -> tuple[Round, Round]:
        _read_until(process, event)
        processor_us = computed_us((process.pid,))
        clock_us = (time.perf_counter_ns() - started_ns) / 1000
        return Round([clock_us], [floors_us[0]]), Round([processor_us], [floors_us[1]])

    with _terminal(TerminalFolder(place)) as process:
        return Start(moment(AT_REST), moment(SERVES))


def _children_us() -> float:
    """Return the processor time of all children that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (spent.ru_utime + spent.ru_stime) * 1e6


@contextmanager
def _terminal(folder: TerminalFolder) -> Iterator[subprocess.Popen[str]]:
    """Run the terminal for the length of the block."""
    words = [str(Path(sys.executable).with_name("onecard")), "run", "--config", str(folder.config_file)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.communicate()


def _read_until(process: subprocess.Popen[str], event: str) -> None:
    """Read what the terminal tells until it tells this event."""
    while event not in read_line(process.stderr):
        pass


async def _anonymous_mb(cut: TerminalFolder, place: Path) -> tuple[float, float]:
    """Return the terminal's anonymous memory at its start, and after it served taps of different cards."""
    shutil.copytree(cut.root, place)
    folder = TerminalFolder(place)
    with _terminal(folder) as process:
        _read_until(process, SERVES)
        at_start = _rss_anon_mb(process.pid)
        with virtual_devices(folder) as devices:
            await _serve(folder, devices)
            return at_start, _rss_anon_mb(process.pid)


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
