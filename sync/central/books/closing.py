"""Closing a business day: one look at the books is its cut, and what lies below it for the first time is its file.

A file has the lines of its own day, and late ones of days that were closed before: those that came above the cut of the
day before. Nothing waits for a closing, and nothing is written to a line by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, cast

from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from sync.central.books.days import end_ms
from sync.central.books.deriving import SETTLED_DAY
from sync.central.books.worker import bring_up, derive
from sync.central.facts import take_turn
from sync.central.store import book_statements as books
from sync.central.store import statements as sql
from sync.central.store.port import CentralStore, Query, Row, Work, insert_all, insert_rows

CLOSING: Final = "turn_closing"


@frozen
class Total:
    """One account in the file of a day: its fen, how much of them came late, and the number of lines."""

    account: str
    party: str
    fen: int
    late_fen: int
    lines: int


@frozen
class Closing:
    """The file of a business day, summed. ``previous_day`` is the day that was closed before it, 0: none was."""

    day: int
    previous_day: int
    closed_ms: int
    totals: tuple[Total, ...]

    @property
    def span(self) -> tuple[int, int]:
        """Return the days whose own lines are in the file: after the first, up to the second."""
        return self.previous_day, self.day

    @property
    def is_balanced(self) -> bool:
        """Say whether all accounts sum to zero, and what came late does by itself."""
        return not sum(total.fen for total in self.totals) and not sum(total.late_fen for total in self.totals)


@frozen
class Cut:
    """One look at the books on the way to closing a day."""

    previous_day: int
    marks: Sequence[Row]
    turns: Sequence[Row]
    totals: tuple[Total, ...]


async def close_day(store: CentralStore, day: int, now_ms: Callable[[], int]) -> Closing:
    """Close a business day; one that is closed already is returned as it stands.

    First everything that had arrived is posted and derived, and rides that found no exit on that day miss it.
    Raises ``CONFIG_VALUE`` for a day that is not over, or lies before one that is closed; StoreError.
    """
    while (held := await store.read(partial(closing_work, day))) is None:
        await store.read(partial(_check_open, day, now_ms()))
        await bring_up(store)
        await _settle(store, day)
        cut = await store.read(partial(_cut_work, day))
        await store.write(partial(_close_work, day, cut, now_ms()))
    return held


def closing_work(day: int) -> Work[Closing | None]:
    """Return the file of a day, None where it is open."""
    for closed, previous, closed_ms in cast("list[tuple[int, int, int]]", (yield Query(books.CLOSED))):
        if closed == day:
            rows = cast("list[tuple[str, str, int, int, int]]", (yield Query(books.TOTALS, (day,))))
            return Closing(day, previous, closed_ms, tuple(Total(*row) for row in rows))
    return None


def closed_days_work() -> Work[tuple[int, ...]]:
    """Return the days that are closed, in order."""
    return tuple(cast("int", row[0]) for row in (yield Query(books.CLOSED)))


def _check_open(day: int, now_ms: int) -> Work[None]:
    last = yield from _last_closed()
    if now_ms < end_ms(day):
        raise ConfigError("CONFIG_VALUE", f"{day} is not over yet")
    if day < last:
        raise ConfigError("CONFIG_VALUE", f"{last} is closed: what is late of {day} goes into the next file")


def _last_closed() -> Work[int]:
    return cast("int", (yield Query(books.LAST_CLOSED))[0][0])


async def _settle(store: CentralStore, day: int) -> None:
    """Let rides that are still inside on a day miss their exit; from now on, also those that come later."""
    await store.write(partial(_settle_work, day))
    inside = await store.read(partial(_inside_work, day))
    await derive(store, inside)


def _settle_work(day: int) -> Work[None]:
    yield from take_turn(CLOSING)
    settled = yield Query(sql.FACT, (SETTLED_DAY,))
    if not settled or cast("int", settled[0][0]) < day:
        yield insert_rows(sql.SET_FACT, [(SETTLED_DAY, day)])


def _inside_work(day: int) -> Work[Mapping[bytes, int]]:
    last = yield from _last_closed()
    return dict(cast("list[tuple[bytes, int]]", (yield Query(books.STILL_INSIDE, (last, day)))))


def _cut_work(day: int) -> Work[Cut]:
    """Look at marks, turns and lines at once: what lies below the marks is all there."""
    previous = yield from _last_closed()
    marks = yield Query(books.MARKS)
    turns = yield Query(books.TURNS)
    own = [*(yield Query(books.LINES_ON, (previous, day)))]
    for bucket, _ in turns:
        own += yield Query(books.ADJUSTED_ON, (bucket, previous, day))
    late = (yield from _late_work(previous, marks, turns)) if previous else ()
    return Cut(previous, marks, turns, _totals(own, late))


def _late_work(previous: int, marks: Sequence[Row], turns: Sequence[Row]) -> Work[Sequence[Row]]:
    """Sum what came above the last cut and is of a day that was closed by it or before."""
    late: list[Row] = []
    cut_marks = {(terminal, epoch): seq for terminal, epoch, seq in (yield Query(books.CUT_MARKS, (previous,)))}
    for terminal, epoch, posted in marks:
        if (seq := cut_marks.get((terminal, epoch), 0)) != posted:
            late += yield Query(books.LATE_LINES, (terminal, epoch, seq, previous))
    cut_turns = dict(cast("list[tuple[int, int]]", (yield Query(books.CUT_TURNS, (previous,)))))
    for bucket, now in turns:
        if (turn := cut_turns.get(cast("int", bucket), 0)) != now:
            late += yield Query(books.LATE_ADJUSTED, (bucket, turn, previous))
    return late


def _totals(own: Sequence[Row], late: Sequence[Row]) -> tuple[Total, ...]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for is_late, rows in ((False, own), (True, late)):
        for account, party, fen, lines in cast("Sequence[tuple[str, str, int, int]]", rows):
            found = sums[account, party]
            found[0] += fen
            found[1] += fen if is_late else 0
            found[2] += lines
    return tuple(Total(*key, *values) for key, values in sorted(sums.items()))


def _close_work(day: int, cut: Cut, now_ms: int) -> Work[None]:
    """Write a closing down, unless another was written since the look at the books."""
    yield from take_turn(CLOSING)
    if (yield from _last_closed()) != cut.previous_day:
        return
    yield insert_rows(books.ADD_CLOSING, [(day, cut.previous_day, now_ms)])
    yield from insert_all(books.ADD_CUTS, [(day, *row) for row in cut.marks])
    yield from insert_all(books.ADD_CUT_TURNS, [(day, *row) for row in cut.turns])
    totals = [(day, total.account, total.party, total.fen, total.late_fen, total.lines) for total in cut.totals]
    yield from insert_all(books.ADD_TOTALS, totals)
