"""What somebody rules about a tap after it was booked: an issuer declines it, a file pays a credit out."""

from __future__ import annotations

from typing import Final, cast

from edge.domain.entry import Entry, Intent, PaidTap
from sync.central.books.accounts import Account, Balances, issuer_of
from sync.central.books.adjusting import (
    Item,
    Reason,
    Wanted,
    bucket_of,
    ruled_work,
    settle_work,
    standings_work,
    take_bucket,
)
from sync.central.books.days import business_day
from sync.central.store import book_statements as books
from sync.central.store.port import Query, Work
from sync.wire import decode_entry

PAID_BY_FILE: Final = "by_file"
"""Party of the cash that pays credits by file."""

Identity = tuple[str, int, int]
"""(terminal, epoch, seq)"""


def billed_work(tap: Identity, token: bytes) -> Work[int]:
    """Return what an issuer is asked for by a tap, or by the journey that hangs on it: 0 before it is in the books."""
    ((taken,),) = cast("list[tuple[int]]", (yield Query(books.BILLED, (*tap, Account.ISSUER))))
    cells = (bucket_of(token), token, *tap, Account.ISSUER, Reason.DECLINED)
    ((moved,),) = cast("list[tuple[int]]", (yield Query(books.BILLED_LATER, cells)))
    return taken + moved


def declined_work(tap: Identity, token: bytes, fen: int) -> Work[int]:
    """Let the holder owe what an issuer refused to pay for a tap; returns 1, or 0 where it does already."""
    rows = yield Query(books.HELD_ANYWHERE, tap + tap)
    tapped = yield from _tapped(decode_entry(cast("bytes", rows[0][0])))
    if not isinstance(tapped.body, Intent | PaidTap):
        return 0
    moved: Balances = {(Account.HOLDER, ""): fen, (Account.ISSUER, issuer_of(tapped.body)): -fen}
    reference = "{}/{}/{}".format(*tap)
    day = business_day(tapped.time_ms)
    wanted = Wanted(day, tapped.time_ms, reference, moved, is_exact=True)
    return (yield from ruled_work(token, [(Item(Reason.DECLINED, *tap), wanted)], closed_day=0, since=day))


def paid_out_work(token: bytes, fen: int, reference: str, now_ms: int) -> Work[int]:
    """Pay a token's credit by a file; returns 1, or 0 where the file of that name paid it already."""
    moved: Balances = {(Account.CREDIT, ""): fen, (Account.CASH, PAID_BY_FILE): -fen}
    wanted = Wanted(business_day(now_ms), now_ms, reference, moved, is_exact=True)
    item = Item(Reason.PAID_OUT, "", 0, 0, reference)
    turn = yield from take_bucket(token)
    standing = yield from standings_work(token, 0)
    if item in standing:
        return 0
    return (yield from settle_work(token, turn, {item: wanted}, {}, closed_day=0))


def _tapped(entry: Entry) -> Work[Entry]:
    """Return the entry that states the charge of one that earned it."""
    if isinstance(entry.body, Intent | PaidTap):
        return entry
    named = (entry.terminal, entry.epoch, entry.ref_seq)
    rows = yield Query(books.HELD_ANYWHERE, named + named)
    return decode_entry(cast("bytes", rows[0][0]))
