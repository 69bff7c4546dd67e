"""Posting: the next entries of one journal become lines of the books, as its mark moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, cast

from edge.domain.entry import Entry, Intent, PaidTap
from edge.domain.errors import RemoteProtocolError
from edge.domain.frozen import frozen
from sync.central.booking import is_storable
from sync.central.books.accounts import BookLine, issuer_of
from sync.central.books.days import business_day
from sync.central.books.postings import TokenTap, posting_of, set_aside, tap_of
from sync.central.store import book_statements as books
from sync.central.store import statements as sql
from sync.central.store.port import Cell, OutrunError, Query, Row, Work, insert_all, insert_rows, listed
from sync.wire import decode_entry

SLICE: Final = 500
"""Entries posted in one transaction."""
NOBODY: Final = b""
"""Token of lines whose entry nobody can read."""
UNREADABLE: Final = "unreadable"

Journal = tuple[str, int]
"""(terminal, epoch)"""


@frozen
class Behind:
    """One journal with entries that are not in the books yet: how far it is held, posted and derived."""

    terminal: str
    epoch: int
    acked_seq: int
    posted_seq: int
    derived_seq: int

    @property
    def journal(self) -> Journal:
        """Return which journal it is."""
        return self.terminal, self.epoch


def behind_work() -> Work[tuple[Behind, ...]]:
    """Return the journals that the books are behind, in order of terminal and epoch."""
    rows = yield Query(books.BEHIND)
    return tuple(Behind(*cast("tuple[str, int, int, int, int]", tuple(row))) for row in rows)


def post_work(journal: Journal) -> Work[int]:
    """Post the next entries of a journal; returns how many, 0 where nothing is left.

    Whoever else posts the same entries writes the same rows: the mark lets one of the two through.
    """
    yield insert_rows(books.ADD_MARKS, [(*journal, 0, 0)])
    ((posted, _),) = cast("list[tuple[int, int]]", (yield Query(books.MARK, journal)))
    ((acked,),) = cast("list[tuple[int]]", (yield Query(books.ACKED, journal)))
    last = min(acked, posted + SLICE)
    if last <= posted:
        return 0
    span = (*journal, posted + 1, last)
    entries = [decode_entry(cast("bytes", raw)) for _, raw in (yield Query(books.RAW_SLICE, span))]
    tapped = yield from _tapped(journal, entries)
    aside = yield from _aside_lines(journal, (yield Query(books.ASIDE_MONEY, span)))
    lines = [row for entry in entries for row in _line_rows(entry, tapped.get(_tap_seq(entry)))]
    yield from insert_all(books.ADD_BOOK_LINES, lines + aside)
    yield from insert_all(books.ADD_BOOK_TAPS, list(_tap_rows(entries, tapped)))
    if not (yield Query(books.MOVE_POSTED, (last, *journal, posted))):
        raise OutrunError(f"{journal[0]}: its books left {posted} in the meantime")
    return last - posted


def _tap_seq(entry: Entry) -> int:
    """Return the number of the entry that states an entry's charge."""
    return entry.seq if isinstance(entry.body, Intent | PaidTap) else entry.ref_seq


def _tapped(journal: Journal, entries: Iterable[Entry]) -> Work[Mapping[int, Entry]]:
    """Return the entries that state charges, by number: those among ``entries`` and those before them."""
    known = {entry.seq: entry for entry in entries if isinstance(entry.body, Intent | PaidTap)}
    wanted = sorted({entry.ref_seq for entry in entries if entry.ref_seq} - known.keys())
    if wanted:
        for (raw,) in (yield listed(sql.HELD_INTENTS, journal, wanted)):
            entry = decode_entry(cast("bytes", raw))
            known[entry.seq] = entry
    return known


def _line_rows(entry: Entry, tapped: Entry | None) -> Iterable[tuple[Cell, ...]]:
    charged = tapped.body if tapped is not None and isinstance(tapped.body, Intent | PaidTap) else None
    subject = charged.token if charged is not None else NOBODY
    day = business_day(entry.time_ms)
    identity = (entry.terminal, entry.epoch, entry.seq)
    for number, line in enumerate(posting_of(entry, charged)):
        yield (*identity, number, day, line.account, line.party, subject, line.fen)


def _tap_rows(entries: Iterable[Entry], tapped: Mapping[int, Entry]) -> Iterable[tuple[Cell, ...]]:
    for entry in entries:
        tap = tap_of(entry, tapped.get(_tap_seq(entry)))
        if tap is not None:
            yield tap_row(entry, tap)


def tap_row(entry: Entry, tap: TokenTap) -> tuple[Cell, ...]:
    """Return the row of what an entry is to its token."""
    identity = (entry.terminal, entry.epoch, entry.seq)
    return *identity, business_day(tap.time_ms), tap.tap_seq, tap.time_ms, tap.subject, int(tap.part)


def _aside_lines(journal: Journal, rows: Iterable[Row]) -> Work[list[tuple[Cell, ...]]]:
    """Return the rows of what entries in quarantine claim, on the day on which they came."""
    found: list[tuple[Cell, ...]] = []
    for seq, raw, received_ms, fen in rows:
        charged = yield from _claimed_by(journal, cast("bytes", raw))
        known = charged is not None and is_storable(issuer_of(charged))
        party, subject = (issuer_of(charged), charged.token) if charged is not None and known else (UNREADABLE, NOBODY)
        day = business_day(cast("int", received_ms))
        for number, line in enumerate(set_aside(party, cast("int", fen))):
            found.append((*journal, seq, number, day, *_cells(line, subject)))
    return found


def _cells(line: BookLine, subject: bytes) -> tuple[Cell, ...]:
    return line.account, line.party, subject, line.fen


def _claimed_by(journal: Journal, raw: bytes) -> Work[Intent | PaidTap | None]:
    """Return the charge that an entry in quarantine claims, its own or that of the entry it names; None: unreadable."""
    entry = _readable(raw)
    if entry is None or isinstance(entry.body, Intent | PaidTap):
        return entry.body if entry is not None and isinstance(entry.body, Intent | PaidTap) else None
    named = (*journal, entry.ref_seq)
    for (other,) in (yield Query(books.HELD_ANYWHERE, named + named)):
        tapped = _readable(cast("bytes", other))
        if tapped is not None and isinstance(tapped.body, Intent | PaidTap):
            return tapped.body
    return None


def _readable(raw: bytes) -> Entry | None:
    try:
        return decode_entry(raw)
    except RemoteProtocolError:
        return None  # set aside because of it
