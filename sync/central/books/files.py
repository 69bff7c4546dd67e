"""The lines of a day's file: what clearing gives to operators, issuers, funders and sites, and what came late.

Everything is read by journal and by bucket, so that a file of any size is written in pieces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from edge.domain.frozen import frozen
from sync.central.books.adjusting import Item
from sync.central.books.closing import Closing
from sync.central.store import book_statements as books
from sync.central.store.port import Query, Work


@frozen
class FileLine:
    """One line of what an entry says: (terminal, epoch, seq) is the entry, ``day`` its business day.

    ``subject`` is the token that pays; a line whose ``day`` is before the file's is late.
    """

    terminal: str
    epoch: int
    seq: int
    line: int
    day: int
    account: str
    party: str
    subject: bytes
    fen: int


@frozen
class FileAdjustment:
    """One line of what the centre decided: about which item, and with which reference (both claims of a double one).

    An adjustment that moves nothing has one line without account and fen.
    """

    subject: bytes
    item: Item
    reference: str
    day: int
    time_ms: int
    account: str
    party: str
    fen: int


def file_terminals_work(closing: Closing) -> Work[tuple[str, ...]]:
    """Return the terminals of a file, in order."""
    return tuple(cast("str", row[0]) for row in (yield Query(books.FILE_TERMINALS, (closing.day,))))


def file_buckets_work(closing: Closing) -> Work[tuple[int, ...]]:
    """Return the buckets of a file, in order."""
    return tuple(cast("int", row[0]) for row in (yield Query(books.FILE_BUCKETS, (closing.day,))))


def file_lines_work(closing: Closing, terminal: str) -> Work[tuple[FileLine, ...]]:
    """Return the lines of one terminal's entries in the file of a closed day, in order of their numbers."""
    own, late = (closing.day, terminal, *closing.span), (closing.previous_day, closing.day, terminal)
    rows = yield Query(books.FILE_LINES, (*own, *late, closing.previous_day))
    return tuple(FileLine(*cast("tuple[str, int, int, int, int, str, str, bytes, int]", tuple(row))) for row in rows)


def file_adjustments_work(closing: Closing, bucket: int) -> Work[tuple[FileAdjustment, ...]]:
    """Return the adjustments of one bucket's tokens in the file of a closed day."""
    turn = yield from _turn_at(closing.day, bucket)
    before = yield from _turn_at(closing.previous_day, bucket)
    cells = (bucket, *closing.span, turn, bucket, before, turn, closing.previous_day)
    return tuple(_adjustment(row) for row in (yield Query(books.FILE_ADJUSTMENTS, cells)))


def file_site_work(closing: Closing, terminal: str) -> Work[Mapping[str, int]]:
    """Return what a terminal's own entries of the file's days come to, by account; what came late stands apart."""
    rows = cast("list[tuple[str, int, int]]", (yield Query(books.FILE_SITES, (closing.day, terminal, *closing.span))))
    return {account: fen for account, fen, _ in rows}


def _turn_at(day: int, bucket: int) -> Work[int]:
    """Return the turn at which a bucket was cut on a day; 0 where it had none."""
    turns = dict(cast("list[tuple[int, int]]", (yield Query(books.CUT_TURNS, (day,)))))
    return turns.get(bucket, 0)


def _adjustment(row: Sequence[object]) -> FileAdjustment:
    subject, reason, terminal, epoch, seq, rule, reference, day, time_ms, _, _, account, party, fen = row
    item = Item(*cast("tuple[str, str, int, int, str]", (reason, terminal, epoch, seq, rule)))
    told = cast("tuple[str, int, int, str, str, int]", (reference, day, time_ms, account or "", party or "", fen or 0))
    return FileAdjustment(cast("bytes", subject), item, *told)
