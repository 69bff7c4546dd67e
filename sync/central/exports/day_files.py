"""A closed day as a folder of files: one for each party, sites, and a manifest with counts, sums and SHA-256.

``DIR/DAY/`` has ``operator-NAME.csv``, ``issuer-NAME.csv``, ``funder-NAME.csv`` and ``site-TERMINAL.csv`` with the
lines of each, ``other.csv`` with the lines of all other accounts, ``sites.csv`` with what each terminal's own entries
come to, and ``manifest.json``. Names are percent-encoded. CSV is UTF-8 with LF, amounts are whole fen. The same day
gives the same bytes: there is no time of writing in any of them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

from edge.crypto.signing import coded_errors, make_folder, write_durably
from sync.central.courier import Ask
from sync.central.exports.rows import COLUMNS, ExportRow

FORM: Final = 1
PARTIES: Final = frozenset({"operator", "issuer", "funder", "site"})
"""Accounts of which every party has a file of its own."""
OTHER: Final = "other.csv"
SITES: Final = "sites.csv"
MANIFEST: Final = "manifest.json"
SITE_COLUMNS: Final = ("terminal", "account", "fen")


@dataclass
class FileSum:
    """What the manifest says of one file."""

    rows: int = 0
    fen: int = 0
    late_rows: int = 0
    late_fen: int = 0
    sha256: str = ""


@dataclass
class DayFolder:
    """The files of one day while they are written, in pieces: none is ever whole in memory."""

    folder: Path
    sums: dict[str, FileSum] = field(default_factory=dict)

    def start(self) -> None:
        """Begin the one file that every day has, be it empty."""
        self._appended(OTHER, COLUMNS, [])

    def add(self, rows: Iterable[ExportRow]) -> None:
        """Append rows to the file of their party."""
        by_file: dict[str, list[ExportRow]] = defaultdict(list)
        for row in rows:
            by_file[file_of(row[6], row[7])].append(row)
        for name, found in by_file.items():
            total = self._appended(name, COLUMNS, found)
            total.fen += sum(row[9] for row in found)
            total.late_rows += sum(row[8] for row in found)
            total.late_fen += sum(row[9] for row in found if row[8])

    def add_site(self, terminal: str, accounts: dict[str, int]) -> None:
        """Append what a terminal comes to."""
        rows = [(terminal, account, fen) for account, fen in sorted(accounts.items())]
        self._appended(SITES, SITE_COLUMNS, rows).fen += sum(accounts.values())

    def seal(self) -> None:
        """Take the hash of every file."""
        for name, total in self.sums.items():
            with (self.folder / name).open("rb") as file:
                total.sha256 = hashlib.file_digest(file, "sha256").hexdigest()

    def _appended(self, name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> FileSum:
        new = name not in self.sums
        total = self.sums.setdefault(name, FileSum())
        total.rows += len(rows)
        with coded_errors(self.folder / name), (self.folder / name).open("a", encoding="utf-8", newline="") as file:
            file.write(csv_text([columns, *rows] if new else rows))
        return total


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV with LF."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def file_of(account: str, party: str) -> str:
    """Return the name of the file that a party's lines are in."""
    return f"{account}-{quote(party, safe='')}.csv" if account in PARTIES else OTHER


async def export_day(ask: Ask, day: int, target: Path) -> dict[str, Any]:
    """Write the folder of a closed day, whole or not at all; returns its manifest, and whether it fits the closing.

    Raises ``CONFIG_VALUE`` where the day is not closed; StoreError.
    """
    head = await ask("files.pieces", {"day": day})
    part = target / f".{day}.part"
    with coded_errors(part):
        shutil.rmtree(part, ignore_errors=True)
    make_folder(part, 0o750)
    files = DayFolder(part)
    files.start()
    for terminal in head["terminals"]:
        files.add(_rows(await ask("files.terminal", {"day": day, "terminal": terminal})))
        files.add_site(terminal, (await ask("files.site", {"day": day, "terminal": terminal}))["accounts"])
    for bucket in head["buckets"]:
        files.add(_rows(await ask("files.bucket", {"day": day, "bucket": bucket})))
    files.seal()
    manifest = _manifest(head["closing"], files.sums)
    write_durably(part / MANIFEST, (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode())
    _put(part, target / str(day))
    return manifest


def _rows(answer: Mapping[str, Any]) -> list[ExportRow]:
    return [cast("ExportRow", tuple(row)) for row in answer["rows"]]


def _manifest(closing: dict[str, Any], sums: dict[str, FileSum]) -> dict[str, Any]:
    """Hold the files against the closing: each party's sum, what came late, and the number of lines."""
    told: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for total in closing["totals"]:
        name = file_of(total["account"], total["party"])
        for at, key in enumerate(("lines", "fen", "late_fen")):
            told[name][at] += total[key]
    found = {name: [one.rows, one.fen, one.late_fen] for name, one in sums.items() if one.rows and name != SITES}
    files = [{"name": name, **asdict(one)} for name, one in sorted(sums.items())]
    return {
        "form": FORM,
        "day": closing["day"],
        "previous_day": closing["previous_day"],
        "balanced": closing["balanced"] and found == dict(told),
        "files": files,
    }


def _put(part: Path, place: Path) -> None:
    """Let the finished folder take the place of an earlier one of the same day."""
    with coded_errors(place):
        if place.exists():
            shutil.rmtree(place)
        part.rename(place)
