"""Reconciliation: what terminals said, what the books say and what clearing was told, compared by row and explained.

A *difference* is a row of which two of the three disagree. An *explanation* is a row that makes them look different and
is right all the same: it came late, was claimed twice, was declined, or belongs to a clone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, cast

from sync.central.books.adjusting import Reason
from sync.central.store import book_statements as books
from sync.central.store.port import Cell, Query, Row, Work


class Named(StrEnum):
    """What a row is called; the words are in answers of ``reconcile`` for ever."""

    LOST_TAP = "lost_tap"
    """In a journal, not in the books."""
    DOUBLED_TAP = "doubled_tap"
    """In the books twice."""
    CHANGED_AMOUNT = "changed_amount"
    """In both, with another amount."""
    UNKNOWN_TAP = "unknown_tap"
    """In the books, in no journal."""
    UNBALANCED = "unbalanced"
    """Lines that do not sum to zero."""
    CLEARED_OTHERWISE = "cleared_otherwise"
    """Files of closed days do not sum to the lines below their cuts."""
    LATE_RECORD = "late_record"
    """Came after the file of its day, and lies in a later one."""
    LATE_CHANGE = "late_change"
    """Late records of its token changed what it comes to, after the file of its day."""
    CLONE = "clone"
    """Another journal under the same numbers, kept aside."""


DIFFERENCES: Final = frozenset(
    {
        Named.LOST_TAP,
        Named.DOUBLED_TAP,
        Named.CHANGED_AMOUNT,
        Named.UNKNOWN_TAP,
        Named.UNBALANCED,
        Named.CLEARED_OTHERWISE,
    }
)
"""Names of rows that nothing makes right; every other one is an explanation."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One row: its name, what it is about, and its fen. ``told`` says the rest in words."""

    name: str
    about: str
    fen: int
    told: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Differences, of which there should be none, and explanations; ``behind`` entries are not in the books yet."""

    differences: tuple[Finding, ...]
    explanations: tuple[Finding, ...]
    behind: int


def reconcile_work() -> Work[Reconciled]:
    """Compare journals, books and closed files on one state of the store.

    Each statement reads one journal or one bucket of tokens: none of them grows with the city.
    """
    journals = [(terminal, epoch) for terminal, epoch, _ in (yield Query(books.MARKS))]
    buckets = [bucket for bucket, _ in (yield Query(books.TURNS))]
    found: list[Finding] = []
    explained: list[Finding] = []
    for journal in journals:
        found += [_by_row(row) for row in (yield Query(books.ROW_DIFFERENCES, journal + journal))]
        found += [_unbalanced(row) for row in (yield Query(books.UNBALANCED_LINES, journal))]
        explained += [_late(row) for row in (yield Query(books.LATE_ROWS, journal))]
    for bucket in buckets:
        found += [_unbalanced_item(row) for row in (yield Query(books.UNBALANCED_ITEMS, (bucket,)))]
        explained += [_late_change(row) for row in (yield Query(books.LATE_ITEMS, (bucket,)))]
        explained += [_adjusted(row) for row in (yield Query(books.EXPLAINED, (bucket,)))]
    found += yield from _files_work(journals, buckets)
    explained += [_clone(row) for row in (yield Query(books.CLONED))]
    ((behind,),) = cast("list[tuple[int]]", (yield Query(books.BEHIND_BY)))
    return Reconciled(tuple(found), tuple(explained), behind)


def _by_row(row: Row) -> Finding:
    """Name the row of an entry whose sides disagree."""
    terminal, epoch, seq, side, journal_fen, book_fen = cast("tuple[str, int, int, str, int, int]", tuple(row))
    if not book_fen:
        name = Named.LOST_TAP
    elif not journal_fen:
        name = Named.UNKNOWN_TAP
    else:
        name = Named.DOUBLED_TAP if book_fen == 2 * journal_fen else Named.CHANGED_AMOUNT
    told = f"{side}: the journal says {journal_fen} fen, the books {book_fen}"
    return Finding(name, f"{terminal}/{epoch}/{seq}", book_fen - journal_fen, told)


def _unbalanced(row: Row) -> Finding:
    terminal, epoch, seq, fen = cast("tuple[str, int, int, int]", tuple(row))
    return Finding(Named.UNBALANCED, f"{terminal}/{epoch}/{seq}", fen, f"its lines sum to {fen} fen")


def _unbalanced_item(row: Row) -> Finding:
    subject, turn, item, fen = cast("tuple[bytes, int, int, int]", tuple(row))
    about = f"token {subject.hex()} turn {turn} item {item}"
    return Finding(Named.UNBALANCED, about, fen, f"its lines sum to {fen} fen")


def _files_work(journals: Sequence[tuple[Cell, Cell]], buckets: Sequence[Cell]) -> Work[Sequence[Finding]]:
    """Compare the totals of all closed files with the lines that lie below the last cut."""
    ((last,),) = cast("list[tuple[int]]", (yield Query(books.LAST_CLOSED)))
    cleared = _sums((yield Query(books.ALL_TOTALS)))
    booked: Counter[tuple[str, str]] = Counter()
    for journal in journals:
        booked.update(_sums((yield Query(books.LINES_BELOW, (last, *journal, last)))))
    for bucket in buckets:
        booked.update(_sums((yield Query(books.ADJUSTED_BELOW, (last, bucket, last)))))
    return [
        Finding(
            Named.CLEARED_OTHERWISE,
            f"{account} {party}".rstrip(),
            cleared[account, party] - booked[account, party],
            f"files say {cleared[account, party]} fen, the books {booked[account, party]}",
        )
        for account, party in sorted(cleared.keys() | booked.keys())
        if cleared[account, party] != booked[account, party]
    ]


def _sums(rows: Sequence[Row]) -> Counter[tuple[str, str]]:
    return Counter({(account, party): fen for account, party, fen in cast("Sequence[tuple[str, str, int]]", rows)})


def _late(row: Row) -> Finding:
    file, terminal, epoch, seq, day, fen = cast("tuple[int, str, int, int, int, int]", tuple(row))
    return Finding(Named.LATE_RECORD, f"{terminal}/{epoch}/{seq}", fen, f"of {day}, in the file of {file}")


def _late_change(row: Row) -> Finding:
    file, terminal, epoch, seq, day, reference, fen = cast("tuple[int, str, int, int, int, str, int]", tuple(row))
    told = f"{reference} of {day}, in the file of {file}"
    return Finding(Named.LATE_CHANGE, f"{terminal}/{epoch}/{seq}", fen, told)


def _adjusted(row: Row) -> Finding:
    reason, terminal, epoch, seq, reference, day, fen = cast("tuple[str, str, int, int, str, int, int]", tuple(row))
    return Finding(Reason(reason), f"{terminal}/{epoch}/{seq}", fen, f"{reference} on {day}")


def _clone(row: Row) -> Finding:
    terminal, epoch, entries, fen = cast("tuple[str, int, int, int]", tuple(row))
    return Finding(Named.CLONE, f"{terminal}/{epoch}", fen, f"{entries} entries under numbers of another journal")
