"""The books' operations, whoever asks: bring up, close, reconcile, rule. Commands are thin around this."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final, TypeVar, cast

from edge.domain.frozen import frozen
from edge.domain.holder import Credit
from sync.central.artifacts import Publication
from sync.central.books.accounts import Account
from sync.central.books.adjusting import bucket_of
from sync.central.books.closing import Closing, close_day, closed_days_work, closing_work
from sync.central.books.day_money import Money, money_work
from sync.central.books.posting_work import behind_work
from sync.central.books.reconciling import Reconciled, reconcile_work
from sync.central.books.repairing import book_ends
from sync.central.books.rulings import (
    Identity,
    billed_work,
    declined_work,
    paid_out_work,
    waived_work,
)
from sync.central.books.set_aside import End, How, earned_work, end_work
from sync.central.books.worker import Progress, bring_up, derive, post_journal
from sync.central.debts import credit_list_work, credits_work
from sync.central.store import book_statements as books
from sync.central.store.port import CentralStore, Query, Work

T = TypeVar("T")


@frozen
class Status:
    """How far the books are: entries not posted yet, journals behind, the days that are closed, and all balances."""

    behind: int
    journals_behind: int
    closed: tuple[int, ...]
    balances: tuple[tuple[str, str, int], ...]


@frozen
class Repriced:
    """What a full reprice read and changed: taps whose price may hang on others, tokens, items that moved."""

    taps: int
    tokens: int
    moved: int


@frozen
class Position:
    """How a token stands: what it owes, and what it has coming, in fen."""

    owed_fen: int
    credit_fen: int


@frozen
class Summed:
    """The money of some days (the last of them, how many), and when it was summed, ms UTC."""

    asked: tuple[int, int]
    summed_ms: int
    money: Money


NEVER_SUMMED: Final = Summed((0, 0), 0, Money((), 0))
FRESH_MS: Final = 60_000


class Bookkeeping:
    """The books of one store. ``now_ms`` is milliseconds UTC."""

    def __init__(self, store: CentralStore, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms
        self._summing = asyncio.Lock()
        self._summed = NEVER_SUMMED

    async def run(self) -> Progress:
        """Bring the books up to what has arrived."""
        return await bring_up(self._store)

    async def status(self) -> Status:
        """Return how far the books are."""
        return await self._store.read(_status_work)

    async def money(self, last_day: int, count: int) -> Summed:
        """Return what ``count`` days up to one came to, summed at most a minute ago: it takes long, and many ask."""
        async with self._summing:
            asked, now_ms = (last_day, count), self._now_ms()
            if self._summed.asked != asked or not 0 <= now_ms - self._summed.summed_ms < FRESH_MS:
                self._summed = Summed(asked, now_ms, await self._store.read(lambda: money_work(*asked)))
            return self._summed

    async def close(self, day: int) -> Closing:
        """Close a business day; see :func:`sync.central.books.closing.close_day`."""
        return await close_day(self._store, day, self._now_ms)

    async def closing(self, day: int) -> Closing | None:
        """Return the file of a closed day, None where it is open."""
        return await self._store.read(lambda: closing_work(day))

    async def reconcile(self) -> Reconciled:
        """Compare journals, books and closed files."""
        return await self._store.read(reconcile_work)

    async def reprice(self, from_day: int) -> Repriced:
        """Work out every token that tapped or claimed on a day or later anew; what it comes to is posted."""
        touched, taps = await self._store.read(partial(_touched_since, from_day))
        moved = await derive(self._store, touched)
        return Repriced(taps, len(touched), moved)

    async def billed(self, tap: Identity) -> int:
        """Return what an issuer is asked for by an accepted tap or its journey; 0 where the books do not have it."""
        if not await self._store.read(partial(_earned_work, tap)):
            return 0
        _, fen = await self._store.read(partial(billed_work, tap))
        return fen

    async def decline(self, taps: Iterable[Identity]) -> None:
        """Let holders owe what issuers refused to pay for taps; each once."""
        for tap in taps:
            for charged_fen in await self._store.read(partial(_earned_work, tap)):
                token, billed_fen = await self._store.read(partial(billed_work, tap))
                await self._store.write(partial(declined_work, tap, token, billed_fen or charged_fen))

    async def look(self, work: Callable[[], Work[T]]) -> T:
        """Run work that only reads, on one state of the store."""
        return await self._store.read(work)

    async def rule(self, work: Callable[[], Work[int]]) -> int:
        """Run work that rules about one token, in one transaction; returns how many items moved."""
        return await self._store.write(work)

    async def waive(self, tap: Identity) -> int:
        """Let a tap, or the journey that it is of, go, once; returns the fen that its holder has coming.

        Raises ``CONFIG_VALUE`` where no tap of this number was received.
        """
        return await self._store.write(partial(waived_work, tap))

    async def end_aside(self, entry: Identity, how: How, who: str, reason: str) -> End:
        """Take something after all that was set aside, or let it go; see :func:`end_work`. The books follow at once.

        Raises ``CONFIG_VALUE`` where it cannot end so, or somebody has ended it otherwise.
        """
        asked = End(entry, how, who, reason, self._now_ms())
        end = await self._store.write(partial(end_work, asked))
        await post_journal(self._store, entry[:2])
        await book_ends(self._store, partial(derive, self._store))
        return end

    async def credits(self) -> Mapping[bytes, Credit]:
        """Return what every token has coming that is not even."""
        return await self._store.read(credits_work)

    async def credit_list(self) -> Publication:
        """Return the list by which later taps use what their tokens have coming."""
        return await self._store.read(credit_list_work)

    async def pay_out(self, token: bytes, reference: str) -> int:
        """Book that a token's credit was paid by the file of a name, once; returns its fen, 0 where there is none."""
        credit = (await self.credits()).get(token)
        if credit is None:
            return 0
        moved = await self._store.write(partial(paid_out_work, token, credit.fen, reference, self._now_ms()))
        return credit.fen if moved else 0

    async def position(self, token: bytes) -> Position:
        """Return how a token stands, debts and credits apart, by the lines that are in the books."""
        return await self._store.read(partial(_position_work, token))


def _earned_work(tap: Identity) -> Work[list[int]]:
    """Return what the payer was charged at a tap that was accepted; empty: there is none."""
    found = yield from earned_work(tap)
    return [] if found is None else [found[1]]


def _touched_since(day: int) -> Work[tuple[dict[bytes, int], int]]:
    """Return tokens with the first day of each that lies on ``day`` or later, and the number of their taps."""
    rows = cast("list[tuple[bytes, int, int]]", (yield Query(books.TAPPED_SINCE, (day,))))
    touched = {subject: first for subject, first, _ in rows}
    for subject, first in cast("list[tuple[bytes, int]]", (yield Query(books.CLAIMED_SINCE, (day,)))):
        touched[subject] = min(first, touched.get(subject, first))
    return touched, sum(taps for _, _, taps in rows)


def _status_work() -> Work[Status]:
    behind = yield from behind_work()
    closed = yield from closed_days_work()
    rows = cast("list[tuple[str, str, int]]", (yield Query(books.BOOK_BALANCES)))
    waiting = sum(one.acked_seq - one.posted_seq for one in behind)
    return Status(waiting, len(behind), closed, tuple(tuple(row) for row in rows))  # type: ignore[misc]  # of three


def _position_work(token: bytes) -> Work[Position]:
    kinds = (Account.HOLDER, Account.CREDIT)
    rows = yield Query(books.HOLDER_BALANCE, (token, *kinds, bucket_of(token), token, *kinds))
    fen = sum(cast("int", row[1]) for row in rows)
    return Position(max(fen, 0), max(-fen, 0))
