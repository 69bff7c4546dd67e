"""The rows of a closed day's files, read in pieces: by terminal what entries say, by bucket what the centre decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from edge.domain.errors import ConfigError
from sync.central.books.closing import Closing, closing_work
from sync.central.books.files import (
    FileAdjustment,
    FileLine,
    file_adjustments_work,
    file_buckets_work,
    file_lines_work,
    file_site_work,
    file_terminals_work,
)
from sync.central.store.port import Work

COLUMNS: Final = ("day", "entry", "line", "token", "reason", "reference", "account", "party", "late", "fen")
"""Of every row: ``day`` is its own business day, ``late`` 1 where that is before the file's; ``reason`` is empty for
what an entry says; ``reference`` names the entries that it rests on."""
NUMBERS: Final = frozenset({"day", "line", "late", "fen"})

ExportRow = tuple[int, str, int, str, str, str, str, str, int, int]
"""The values of :data:`COLUMNS`."""


def closed_work(day: int) -> Work[Closing]:
    """Return the file of a day; raises ``CONFIG_VALUE`` where it is not closed."""
    closing = yield from closing_work(day)
    if closing is None:
        raise ConfigError("CONFIG_VALUE", f"{day} is not closed: onecard central close {day}")
    return closing


def pieces_work(day: int) -> Work[tuple[Closing, tuple[str, ...], tuple[int, ...]]]:
    """Return the file of a day, the terminals and the buckets that it is read by."""
    closing = yield from closed_work(day)
    terminals = yield from file_terminals_work(closing)
    buckets = yield from file_buckets_work(closing)
    return closing, terminals, buckets


def terminal_rows_work(day: int, terminal: str) -> Work[list[ExportRow]]:
    """Return what one terminal's entries say in the file of a day."""
    closing = yield from closed_work(day)
    return [_said(line, closing) for line in (yield from file_lines_work(closing, terminal))]


def bucket_rows_work(day: int, bucket: int) -> Work[list[ExportRow]]:
    """Return what the centre decided about one bucket's tokens in the file of a day; what moved nothing is left out."""
    closing = yield from closed_work(day)
    found = yield from file_adjustments_work(closing, bucket)
    return _decided([line for line in found if line.account], closing)


def site_work(day: int, terminal: str) -> Work[dict[str, int]]:
    """Return what one terminal's own entries of the file's days come to, by account."""
    return dict((yield from file_site_work((yield from closed_work(day)), terminal)))


def _said(line: FileLine, closing: Closing) -> ExportRow:
    entry = f"{line.terminal}/{line.epoch}/{line.seq}"
    late = int(line.day <= closing.previous_day)
    token = line.subject.hex()
    return (line.day, entry, line.line, token, "", entry, line.account, line.party, late, line.fen)


def _decided(found: Sequence[FileAdjustment], closing: Closing) -> list[ExportRow]:
    """Return decided lines, numbered by item: an item may have been decided several times before a file."""
    numbers: Counter[object] = Counter()
    rows: list[ExportRow] = []
    for line in found:
        about = (line.subject, line.item)
        entry = "{}/{}/{}".format(*line.item.entry) if line.item.terminal else ""
        late = int(line.day <= closing.previous_day)
        told = (line.item.reason, line.reference, line.account, line.party)
        rows.append((line.day, entry, numbers[about], line.subject.hex(), *told, late, line.fen))
        numbers[about] += 1
    return rows
