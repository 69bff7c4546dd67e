"""The worker of the books: posts what has arrived, then derives the tokens that it touched. Ingest never waits for it.

It holds nothing but what the store says. Killed anywhere and started again, it goes on where its marks stand and writes
the rows that it would have written; several of them at once come to the same rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, cast

from edge.domain.frozen import frozen
from sync.central.books.deriving import derive_work
from sync.central.books.posting_work import Behind, Journal, behind_work, post_work
from sync.central.books.repairing import book_ends
from sync.central.books.tariffs import Tariffs
from sync.central.store import book_statements as books
from sync.central.store.port import CentralStore, Query, Work

LANES: Final = 6
"""Transactions at a time where the engine has several; below the connections of one pool."""
TOUCHED_MAX: Final = 50_000
"""Tokens derived before marks move: what a worker that was killed does again."""


@frozen
class Progress:
    """What one run did: entries posted, tokens derived, items of theirs that moved."""

    posted: int
    derived: int
    moved: int


async def bring_up(store: CentralStore) -> Progress:
    """Bring the books up to what had arrived when this began; raises StoreError."""
    behind = await store.read(behind_work)
    posted = sum(await _in_lanes([partial(post_journal, store, one.journal) for one in behind]))
    await book_ends(store, partial(derive, store))
    behind = await store.read(behind_work)
    derived = moved = 0
    while behind:
        part, touched = await _touched(store, behind)
        moved += await derive(store, touched)
        derived += len(touched)
        for one in part:
            await store.write(partial(_derived_work, one))
        behind = behind[len(part) :]
    return Progress(posted, derived, moved)


async def derive(store: CentralStore, touched: Mapping[bytes, int]) -> int:
    """Derive tokens from a day on, each in a transaction of its own; returns how many of their items moved."""
    tariffs = Tariffs()

    async def one(subject: bytes, from_day: int) -> int:
        return await store.write(lambda: derive_work(subject, from_day, tariffs))

    return sum(await _in_lanes([partial(one, *each) for each in sorted(touched.items())]))


async def _in_lanes(jobs: Sequence[Callable[[], Awaitable[int]]]) -> list[int]:
    """Do jobs in order, some at a time; returns what each returned. The first error ends them all."""
    results: list[int] = [0] * len(jobs)
    waiting = iter(enumerate(jobs))

    async def lane() -> None:
        for number, job in waiting:
            results[number] = await job()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(LANES, len(jobs))):
                group.create_task(lane())
    except ExceptionGroup as failed:  # raised from an `except*`, early releases of Python 3.11 would wrap it again
        raise failed.exceptions[0] from None
    return results


async def post_journal(store: CentralStore, journal: Journal) -> int:
    """Post what a journal holds; returns how many entries."""
    total = 0
    while count := await store.write(partial(post_work, journal)):
        total += count
    return total


async def _touched(store: CentralStore, behind: Sequence[Behind]) -> tuple[Sequence[Behind], dict[bytes, int]]:
    """Return the next journals to derive, and the tokens that their entries touch with the earliest day of each."""
    touched: dict[bytes, int] = {}
    for number, one in enumerate(behind, 1):
        for subject, day in (await store.read(partial(touched_work, one))).items():
            touched[subject] = min(day, touched.get(subject, day))
        if len(touched) >= TOUCHED_MAX:
            return behind[:number], touched
    return behind, touched


def touched_work(one: Behind) -> Work[dict[bytes, int]]:
    """Return the tokens that a journal touches since it was last derived, with the earliest day of each."""
    span = (*one.journal, one.derived_seq + 1, one.posted_seq)
    touched = dict(cast("Iterable[tuple[bytes, int]]", (yield Query(books.TOUCHED, span))))
    for statement in (books.CLAIMANTS, books.SETTLERS):
        for subject, day in cast("Iterable[tuple[bytes, int]]", (yield Query(statement, span))):
            touched[subject] = min(day, touched.get(subject, day))
    return touched


def _derived_work(one: Behind) -> Work[None]:
    yield Query(books.MOVE_DERIVED, (one.posted_seq, *one.journal, one.posted_seq))
