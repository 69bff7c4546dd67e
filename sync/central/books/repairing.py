"""What an end of something set aside moves in the books: its suspense is let go, and what is taken counts.

The decision stands first, in a transaction of its terminal; the books follow in one of its token, and say so beside the
decision. A worker that was killed in between finds it again. Journeys and caps of the token are worked out anew with
what was taken; quotas of persons are not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import cast

from edge.domain.entry import Entry, Intent, PaidTap
from sync.central.booking import TIME_MS_MAX
from sync.central.books.accounts import Balances
from sync.central.books.adjusting import Item, Reason, Wanted, ruled_work
from sync.central.books.days import business_day
from sync.central.books.posting_work import NOBODY, tap_row
from sync.central.books.postings import posting_of, tap_of
from sync.central.books.set_aside import End, How, Judged, judge_work
from sync.central.books.torn_answers import decided_again_work
from sync.central.store import book_statements as books
from sync.central.store import quarantine_statements as sql
from sync.central.store.port import CentralStore, Query, Work, insert_rows

Derive = Callable[[Mapping[bytes, int]], Awaitable[int]]


async def book_ends(store: CentralStore, derive: Derive) -> int:
    """Let the books follow every end whose entry they have reached; returns how many they followed.

    ``derive`` works tokens out anew from a day on. An end is marked last: whatever was cut short is done again.
    """
    ends = await store.read(unbooked_work)
    for end in ends:
        await store.write(partial(book_end_work, end))
        touched = await store.write(partial(tap_again_work, end))
        await derive(touched)
        await store.write(partial(_booked_work, end))
    return len(ends)


def unbooked_work() -> Work[list[End]]:
    """Return the ends that the books have yet to follow, in order of time."""
    rows = cast("list[tuple[str, int, int, str, str, str, int]]", (yield Query(sql.UNBOOKED)))
    return [End((row[0], row[1], row[2]), How(row[3]), *row[4:]) for row in rows]


def book_end_work(end: End) -> Work[int]:
    """Post what an end moves, once; returns 1, or 0 where it is posted already."""
    judged = yield from judge_work(end.identity)
    moved = yield from moved_work(end, judged)
    day = business_day(end.ended_ms)
    reason = Reason.WRITTEN_OFF if end.how is How.WRITTEN_OFF else Reason.REPAIRED
    wanted = Wanted(day, end.ended_ms, f"{end.how} by {end.who}: {end.reason}", moved, is_exact=True)
    charged = _charged(judged)
    token = NOBODY if charged is None else charged.token
    moved_items = yield from ruled_work(token, [(Item(reason, *end.identity), wanted)], closed_day=0, since=day)
    if isinstance(charged, Intent) and judged.tapped is not None:
        yield from decided_again_work(charged, business_day(judged.tapped.time_ms))
    return moved_items


def moved_work(end: End, judged: Judged) -> Work[Balances]:
    """Return what an end moves: the suspense of the entry back, and what the entry says where it is taken."""
    moved: Counter[tuple[str, str]] = Counter()
    for account, party, fen in cast("list[tuple[str, str, int]]", (yield Query(sql.LINES_OF, end.identity))):
        moved[account, party] -= fen
    if end.how is not How.WRITTEN_OFF and judged.entry is not None:
        for line in posting_of(judged.entry, _charged(judged)):
            moved[line.account, line.party] += line.fen
    return {key: fen for key, fen in moved.items() if fen}


def tap_again_work(end: End) -> Work[Mapping[bytes, int]]:
    """Let a tap that was taken count among those of its token; returns the token and the day, nothing where none does.

    One whose time makes no sense is a ride of its own: nobody knows what came before it.
    """
    judged = yield from judge_work(end.identity)
    entry, tapped = judged.entry, judged.tapped
    if end.how is How.WRITTEN_OFF or entry is None or not all(has_sense(one) for one in (entry, tapped or entry)):
        return {}
    tap = tap_of(entry, tapped)
    if tap is None:
        return {}
    yield insert_rows(books.ADD_BOOK_TAPS, [tap_row(entry, tap)])
    return {tap.subject: business_day(tap.time_ms)}


def has_sense(entry: Entry) -> bool:
    """Say whether an entry's time is one that a journey may be put together by."""
    return 0 <= entry.time_ms < TIME_MS_MAX


def _charged(judged: Judged) -> Intent | PaidTap | None:
    body = None if judged.tapped is None else judged.tapped.body
    return body if isinstance(body, Intent | PaidTap) else None


def _booked_work(end: End) -> Work[None]:
    yield Query(sql.BOOK_END, end.identity)
