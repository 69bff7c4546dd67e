"""What somebody rules about a tap after it was booked: an issuer declines it, a file pays a credit out."""

from __future__ import annotations

from typing import Final, cast

from edge.domain.entry import Entry, Intent, PaidTap
from edge.domain.errors import ConfigError
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
from sync.central.books.days import business_day, day_before
from sync.central.books.torn_answers import let_go_work
from sync.central.store import book_statements as books
from sync.central.store.port import Query, Work
from sync.wire import decode_entry

PAID_BY_FILE: Final = "by_file"
"""Party of the cash that pays credits by file."""

Identity = tuple[str, int, int]
"""(terminal, epoch, seq)"""


def billed_work(tap: Identity) -> Work[tuple[bytes, int]]:
    """Return the token of a tap, and what an issuer is asked for by it or by its journey: 0 before it is in the books.

    Raises ``CONFIG_VALUE`` where no tap of this number was received.
    """
    _, body = yield from _tapped_work(tap)
    paid = yield from _paid_work(tap, body.token, Reason.DECLINED)
    return body.token, sum(fen for account, fen in paid if account == Account.ISSUER)


def declined_work(tap: Identity, token: bytes, fen: int) -> Work[int]:
    """Let the holder owe what an issuer refused to pay for a tap; returns 1, or 0 where it does already."""
    tapped, body = yield from _tapped_work(tap)
    turn = yield from take_bucket(token)
    standing = yield from standings_work(token, business_day(tapped.time_ms))
    yield from let_go_work(tapped, turn, standing)
    moved: Balances = {(Account.HOLDER, ""): fen, (Account.ISSUER, issuer_of(body)): -fen}
    return (yield from _ruled(token, Item(Reason.DECLINED, *tap), tapped, moved))


def waived_work(tap: Identity) -> Work[int]:
    """Let a tap, or the journey that it is of, go: its holder has all of it coming; returns the fen, 0: none is left.

    Raises ``CONFIG_VALUE`` where no tap of this number was received.
    """
    tapped, body = yield from _tapped_work(tap)
    fen = sum(fen for _, fen in (yield from _paid_work(tap, body.token, Reason.UNPRICED)))
    if fen <= 0:
        return 0
    moved: Balances = {(Account.CREDIT, ""): -fen, (Account.OPERATOR, body.place.operator): fen}
    identity = (tapped.terminal, tapped.epoch, tapped.seq)
    return fen if (yield from _ruled(body.token, Item(Reason.WAIVED, *identity), tapped, moved)) else 0


def _paid_work(tap: Identity, token: bytes, without: Reason) -> Work[list[tuple[str, int]]]:
    """Return what a holder pays for a tap and its journey by account, as far as it was not ruled for one reason."""
    paid: list[tuple[str, int]] = []
    for terminal, epoch, seq, earned_seq in (yield from _journey_work(tap, token)):
        paid += cast(
            "list[tuple[str, int]]", (yield Query(books.PAYERS_OF_TAP, (terminal, epoch, *(terminal, epoch, seq) * 2)))
        )
        cells = (bucket_of(token), token, terminal, epoch, seq, earned_seq)
        rows = cast("list[tuple[str, str, int]]", (yield Query(books.PAYERS_OF_ITEMS, cells)))
        paid += [(account, fen) for reason, account, fen in rows if reason != without]
    return paid


def _journey_work(tap: Identity, token: bytes) -> Work[list[tuple[str, int, int, int]]]:
    """Return the taps of a tap's journey, or the tap alone: by the entry that states each charge, and the one named."""
    tapped, _ = yield from _tapped_work(tap)
    name = f"{tapped.terminal}/{tapped.epoch}/{tapped.seq}"
    standing = yield from standings_work(token, day_before(business_day(tapped.time_ms)))
    references = [one.reference.split() for item, one in standing.items() if item.reason == Reason.JOURNEY]
    names = next((words[1:] for words in references if name in words[1:]), [name])
    taps = [(terminal, int(epoch), int(seq)) for terminal, epoch, seq in (one.split("/") for one in names)]
    return [(*one, tap[2] if one[:2] == tap[:2] else one[2]) for one in taps]


def _ruled(token: bytes, item: Item, tapped: Entry, moved: Balances) -> Work[int]:
    day = business_day(tapped.time_ms)
    wanted = Wanted(day, tapped.time_ms, "{}/{}/{}".format(*item.entry), moved, is_exact=True)
    return (yield from ruled_work(token, [(item, wanted)], closed_day=0, since=day))


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


def _tapped_work(tap: Identity) -> Work[tuple[Entry, Intent | PaidTap]]:
    """Return the entry that states a tap's charge, and its body; raises ``CONFIG_VALUE`` where there is none."""
    entry = yield from _entry_work(tap)
    if entry is not None and not isinstance(entry.body, Intent | PaidTap):
        entry = yield from _entry_work((entry.terminal, entry.epoch, entry.ref_seq))
    if entry is None or not isinstance(entry.body, Intent | PaidTap):
        raise ConfigError("CONFIG_VALUE", "no tap of this number is in the books")
    return entry, entry.body


def _entry_work(tap: Identity) -> Work[Entry | None]:
    rows = yield Query(books.HELD_ANYWHERE, tap + tap)
    return decode_entry(cast("bytes", rows[0][0])) if rows else None
