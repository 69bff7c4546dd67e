"""Reconciliation: what terminals said, what the books say and what clearing was told, compared by row and explained.

A *difference* is a row of which two of the three disagree. An *explanation* is a row that makes them look different and
is right all the same: it came late, was claimed twice, was declined, or belongs to a clone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final, cast

from edge.domain.frozen import frozen
from sync.central.books.adjusting import Reason
from sync.central.books.posting_work import Journal
from sync.central.books.torn_answers import torn_suspense_work
from sync.central.store import book_statements as books
from sync.central.store.port import Query, Row, Work


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
    SETTLED_TWICE = "settled_twice"
    """A torn debit that its terminal and an issuer's answer both took out of suspense."""
    CONTRADICTED = "contradicted"
    """A torn debit of which its terminal says one thing and its issuer another; their money waits in suspense."""
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
        Named.SETTLED_TWICE,
    }
)
"""Names of rows that nothing makes right; every other one is an explanation."""


@frozen
class Finding:
    """One row: its name, what it is about, and its fen. ``told`` says the rest in words."""

    name: str
    about: str
    fen: int
    told: str


@frozen
class Reconciled:
    """Differences, of which there should be none, and explanations; ``behind`` entries are not in the books yet."""

    differences: tuple[Finding, ...]
    explanations: tuple[Finding, ...]
    behind: int


def reconcile_work() -> Work[Reconciled]:
    """Compare journals, books and closed files on one state of the store.

    Each statement reads one journal or one bucket of tokens: none of them grows with the city.
    """
    marks = cast("list[tuple[str, int, int]]", (yield Query(books.MARKS)))
    journals = [(terminal, epoch) for terminal, epoch, _ in marks]
    buckets = [bucket for bucket, _ in cast("list[tuple[int, int]]", (yield Query(books.TURNS)))]
    cuts = yield from _cuts_work()
    found: list[Finding] = []
    explained: list[Finding] = []
    for journal in journals:
        found += [_by_row(row) for row in (yield Query(books.ROW_DIFFERENCES, journal + journal))]
        found += [_unbalanced(row) for row in (yield Query(books.UNBALANCED_LINES, journal))]
        explained += yield from _late_work(journal, cuts)
    for bucket in buckets:
        found += [_unbalanced_item(row) for row in (yield Query(books.UNBALANCED_ITEMS, (bucket,)))]
        for row in (yield Query(books.ITEMS, (bucket,))):
            explained += _told_of_item(row, bucket, cuts)
        for finding in (yield from _torn_work(bucket)):
            (found if finding.name in DIFFERENCES else explained).append(finding)
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


def _torn_work(bucket: int) -> Work[list[Finding]]:
    """Return where a bucket's answers about torn debits and the terminals' own words do not go together."""
    findings: list[Finding] = []
    rows = yield Query(books.TORN_ANSWERS, (bucket,))
    for row in rows:
        *entry, answer, let_go_fen, waiting_fen = cast("tuple[str, int, int, str, int, int]", tuple(row))
        ((posted, derived),) = cast("list[tuple[int, int]]", (yield Query(books.MARK, row[:2])))
        torn_fen = yield from torn_suspense_work(cast("tuple[str, int, int]", tuple(row[:3])), bucket)
        about = "{}/{}/{}".format(*entry)
        if torn_fen + let_go_fen and derived >= posted:
            told = f"answered {answer}: suspense is {torn_fen} fen by the journal, {let_go_fen} by the answer"
            findings.append(Finding(Named.SETTLED_TWICE, about, torn_fen + let_go_fen, told))
        if waiting_fen:
            told = f"answered {answer}: {-waiting_fen} fen beside what the terminal settled"
            findings.append(Finding(Named.CONTRADICTED, about, waiting_fen, told))
    return findings


def _files_work(journals: Sequence[Journal], buckets: Sequence[int]) -> Work[Sequence[Finding]]:
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


@frozen
class Cut:
    """The marks and turns at which a day was closed; ``previous_day`` is the day that was closed before it."""

    day: int
    previous_day: int
    marks: Mapping[Journal, int]
    turns: Mapping[int, int]


NO_CUT: Final = Cut(0, 0, {}, {})


def _cuts_work() -> Work[Sequence[Cut]]:
    """Return every cut, in order of its day; the first follows one that holds nothing."""
    cuts = [NO_CUT]
    for day, previous, _ in cast("list[tuple[int, int, int]]", (yield Query(books.CLOSED))):
        rows = cast("list[tuple[str, int, int]]", (yield Query(books.CUT_MARKS, (day,))))
        marks = {(terminal, epoch): seq for terminal, epoch, seq in rows}
        turns = dict(cast("list[tuple[int, int]]", (yield Query(books.CUT_TURNS, (day,)))))
        cuts.append(Cut(day, previous, marks, turns))
    return cuts


def _late_work(journal: Journal, cuts: Sequence[Cut]) -> Work[list[Finding]]:
    """Return a journal's records that lie in the file of a later day than their own."""
    late: list[Finding] = []
    for before, cut in pairwise(cuts):
        low, high = before.marks.get(journal, 0), cut.marks.get(journal, 0)
        if before.day and high > low:
            rows = yield Query(books.LATE_ROWS, (*journal, low, high, before.day))
            for seq, day, fen in cast("list[tuple[int, int, int]]", rows):
                about = f"{journal[0]}/{journal[1]}/{seq}"
                late.append(Finding(Named.LATE_RECORD, about, fen, f"of {day}, in the file of {cut.day}"))
    return late


def _told_of_item(row: Row, bucket: int, cuts: Sequence[Cut]) -> Iterator[Finding]:
    """Yield why an item moved, where that is no plain journey, and that it moved after the file of its day."""
    reason, *entry, reference, day, turn, fen = cast("tuple[str, str, int, int, str, int, int, int]", tuple(row))
    about = "{}/{}/{}".format(*entry)
    if reason != Reason.JOURNEY:
        yield Finding(Reason(reason), about, fen, f"{reference} on {day}")
    file = next((cut for cut in cuts if cut.day >= day and cut.turns.get(bucket, 0) >= turn), NO_CUT)
    if 0 < day <= file.previous_day:
        yield Finding(Named.LATE_CHANGE, about, fen, f"{reference} of {day}, in the file of {file.day}")


def _clone(row: Row) -> Finding:
    terminal, epoch, entries, fen = cast("tuple[str, int, int, int]", tuple(row))
    return Finding(Named.CLONE, f"{terminal}/{epoch}", fen, f"{entries} entries under numbers of another journal")
