"""A deny list of ten million tokens: sizes, look-ups beside SQLite's, its delta, and taps while it is swapped."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from edge.domain.exchange import ArtifactHeader
from edge.store.deny_list import PartedDenyList
from edge.store.segment import Segment
from sync.deny_form import EXACT, PROBE
from tests.bench.disk_counts import CountedDisk, counted_disk, disk_folder
from tests.bench.list_files import CHANGED, TOKENS, BigList, big_list, misses, put
from tests.bench.list_swap import swapped_under_taps
from tests.bench.report import Report
from tests.store.list_editions import ListFiles, sha256

ROW: Final = "lists"
MB: Final = 1_000_000
PROBE_MB_MAX: Final = 32.0
EXACT_MB_MAX: Final = 85.0
ANONYMOUS_KB_MAX: Final = 256.0
FASTER_MIN: Final = 8.0
DELTA_BYTES_MAX: Final = 75_000.0
WRITTEN_X_MAX: Final = 3.0
FETCH_MB_MAX: Final = 64.0
ROUNDS: Final = 3
ASKED: Final = 40_000
BITS_PER_GAP: Final = 52.2
"""Entropy bound of 10,000 evenly spread changes among 65-bit numbers: log2(2**65 * e / 10,000)."""


def run() -> int:
    """Build, ask, fetch and swap; see the module."""
    report = Report(
        ROW,
        f"a deny list of {TOKENS:,} tokens, mapped from the files it is shipped in, and a delta of {CHANGED:,} cards",
        "SQLite WITHOUT ROWID on the same tokens in the same round; the entropy of the delta; a tap without a swap",
    )
    big = big_list()
    _sizes(big, report)
    _delta(big, report)
    with counted_disk() as disk:
        _fetched(big, disk, report)
    with disk_folder() as folder:
        _look_ups(big, folder, report)
        _mapped(big, folder, report)
        asyncio.run(swapped_under_taps(big, folder / "swap", report))
    return report.end()


def _sizes(big: BigList, report: Report) -> None:
    probe, exact = (len(big.snapshot.mapped[role]) / MB for role in (PROBE, EXACT))
    report.figure("probe file", f"{probe:.1f} MB", value=probe, limit=PROBE_MB_MAX)
    report.figure("exact file", f"{exact:.1f} MB", value=exact, limit=EXACT_MB_MAX)
    report.note(f"built at the centre in {big.built_s:.1f} s by the standard library, its delta in {big.delta_s:.1f} s")


def _delta(big: BigList, report: Report) -> None:
    bound = CHANGED * BITS_PER_GAP / 8
    text = f"{big.packed_bytes:,} bytes, {big.packed_bytes / bound:.2f}x the entropy of {bound:,.0f}"
    report.figure(f"delta of {CHANGED:,} cards", text, value=big.packed_bytes, limit=DELTA_BYTES_MAX)


@dataclass(frozen=True)
class Arm:
    """Something that says whether a token is listed."""

    name: str
    ask: Callable[[bytes], object]

    def microseconds(self, asked: Sequence[bytes]) -> float:
        """Return the time of one look-up."""
        ask, began = self.ask, time.perf_counter()
        for token in asked:
            ask(token)
        return (time.perf_counter() - began) / len(asked) * 1e6


def _look_ups(big: BigList, folder: Path, report: Report) -> None:
    absent, present = misses(ASKED), big.listed(ASKED)
    snapshot, delta = (_opened(files, folder / name) for name, files in _both(big))
    with closing(_database(folder / "tokens.db", big)) as database:
        query = "SELECT 1 FROM token WHERE token = ?"
        sql = Arm("SQLite", lambda token: database.execute(query, (token,)).fetchone())
        arms = [Arm("snapshot", snapshot.__contains__), Arm("snapshot and delta", delta.__contains__)]
        for arm in (sql, *arms):
            if any(map(arm.ask, absent)) or not all(map(arm.ask, present)):
                raise RuntimeError(f"{arm.name} does not name the listed tokens")
        for arm in arms:
            for what, asked, least in (("miss", absent, FASTER_MIN), ("hit", present, None)):
                _compare(report, f"{what}, {arm.name}", arm, sql, asked, least)
    snapshot.close()
    delta.close()


def _both(big: BigList) -> Iterable[tuple[str, ListFiles]]:
    return ("snapshot", big.snapshot), ("delta", big.delta)


def _compare(report: Report, name: str, arm: Arm, floor: Arm, asked: Sequence[bytes], least: float | None) -> None:
    """Take both arms in turns; the limit is on the inverse, so that less is better as everywhere."""
    pairs = [(arm.microseconds(asked), floor.microseconds(asked)) for _ in range(ROUNDS)]
    faster = median(slow / fast for fast, slow in pairs)
    text = f"{median(fast for fast, _ in pairs):.2f} us, SQLite {median(slow for _, slow in pairs):.2f}: {faster:.1f}x"
    report.figure(name, text, value=1 / faster, limit=None if least is None else 1 / least)


def _opened(files: ListFiles, folder: Path) -> PartedDenyList:
    folder.mkdir()
    parts = {role: folder / sha256(content).hex() for role, content in files.mapped.items()}
    for role, path in parts.items():
        path.write_bytes(files.mapped[role])
    header = ArtifactHeader("deny_list", "purse", 1, 0, 0, 0, b"")
    return PartedDenyList(Segment(folder, header, b"", files.manifest, parts))


def _database(path: Path, big: BigList) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    database.execute("CREATE TABLE token (token BLOB PRIMARY KEY) WITHOUT ROWID")
    tokens = sorted(big.listed(TOKENS))
    database.executemany("INSERT INTO token VALUES (?)", ((token,) for token in tokens))
    database.commit()
    return database


def _fetched(big: BigList, disk: CountedDisk, report: Report) -> None:
    """Fetch snapshot and delta in a process of their own, as the sync process does."""
    state = disk.folder / "state"
    state.mkdir()
    with disk_folder() as served:
        put(served, big.shipped(1).served())
        first = _peer("fetch", served, state)
        put(served, big.shipped(2, as_delta=True).served())
        before = disk.written()
        second = _peer("fetch", served, state)
        reached = disk.written() - before
    peak = max(first["peak"], second["peak"]) / MB
    report.figure("sync process, anonymous", f"{peak:.1f} MB at most", value=peak, limit=FETCH_MB_MAX)
    times = second["written"] / big.packed_bytes
    text = f"{second['written']:,} bytes for a delta of {big.packed_bytes:,}: {times:.2f}x"
    report.figure("written for a delta", text, value=times, limit=WRITTEN_X_MAX)
    report.figure("  with the file system's own", f"{reached.bytes:,} bytes in {reached.flushes} flushes")
    report.note(disk.how)


def _mapped(big: BigList, folder: Path, report: Report) -> None:
    """Map the list in a process of its own, which has verified it before."""
    big.shipped(1).write(folder / "state")
    _peer("map", folder / "state")
    taken = _peer("map", folder / "state")
    anonymous = taken["anonymous"] / 1000
    report.figure("list in force, anonymous", f"{anonymous:.0f} kB", value=anonymous, limit=ANONYMOUS_KB_MAX)
    report.figure("start on verified files", f"{taken['start_ms']:.1f} ms, nothing is hashed but artifacts")


def _peer(*words: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.list_peer", *map(str, words)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    measured: dict[str, Any] = json.loads(ended.stdout)
    return measured
