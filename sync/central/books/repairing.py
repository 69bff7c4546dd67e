"""What an end of something set aside moves in the books: its suspense is let go, and what is taken counts.

The decision stands first, in a transaction of its terminal; the books follow in one of its token, and say so beside the
decision. A worker that was killed in between finds it again. What counts so is a ride of its own: no journey, cap or
quota of its token is worked out anew.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import cast

from edge.domain.entry import Intent, PaidTap
from sync.central.books.accounts import Balances
from sync.central.books.adjusting import Item, Reason, Wanted, ruled_work
from sync.central.books.days import business_day
from sync.central.books.postings import posting_of
from sync.central.books.set_aside import End, How, Judged, judge_work
from sync.central.store import quarantine_statements as sql
from sync.central.store.port import CentralStore, Query, Work

NOBODY = b""


async def book_ends(store: CentralStore) -> int:
    """Let the books follow every end whose entry they have reached; returns how many they followed."""
    ends = await store.read(unbooked_work)
    for end in ends:
        await store.write(partial(book_end_work, end))
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
    return (yield from ruled_work(token, [(Item(reason, *end.identity), wanted)], closed_day=0, since=day))


def moved_work(end: End, judged: Judged) -> Work[Balances]:
    """Return what an end moves: the suspense of the entry back, and what the entry says where it is taken."""
    moved: Counter[tuple[str, str]] = Counter()
    for account, party, fen in cast("list[tuple[str, str, int]]", (yield Query(sql.LINES_OF, end.identity))):
        moved[account, party] -= fen
    if end.how is not How.WRITTEN_OFF and judged.entry is not None:
        for line in posting_of(judged.entry, _charged(judged)):
            moved[line.account, line.party] += line.fen
    return {key: fen for key, fen in moved.items() if fen}


def _charged(judged: Judged) -> Intent | PaidTap | None:
    body = None if judged.tapped is None else judged.tapped.body
    return body if isinstance(body, Intent | PaidTap) else None


def _booked_work(end: End) -> Work[None]:
    yield Query(sql.BOOK_END, end.identity)
