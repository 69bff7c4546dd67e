"""The journals of earlier epochs, beside the one in force: their entries are still owed to the centre."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import field
from pathlib import Path

from edge.domain.errors import Recovery, StoreError
from edge.domain.frozen import frozen
from edge.store.journal import SqliteJournal, open_journal
from edge.store.settings import JournalSettings


@frozen
class EarlierJournals:
    """Those that opened, oldest first, and why others did not; those are left as they are."""

    journals: list[SqliteJournal] = field(default_factory=list)
    faults: list[StoreError] = field(default_factory=list)


async def open_earlier(
    state: Path, terminal: str, epochs: Sequence[tuple[int, bytes]], settings: JournalSettings, stack: AsyncExitStack
) -> EarlierJournals:
    """Open ``journal-N.db`` of each (epoch N, hash of its grant) that still exists; ``stack`` closes them.

    One that cannot be opened stops nothing: its entries wait on the disk for somebody to look at them. A write in doubt
    is no such case: the second opening reads what became of it.
    """
    earlier = EarlierJournals()
    for epoch, grant_hash in epochs:
        path = state / f"journal-{epoch}.db"
        if not path.exists():
            continue

        async def opened(path: Path = path, epoch: int = epoch, grant_hash: bytes = grant_hash) -> SqliteJournal:
            return await open_journal(
                path, terminal=terminal, epoch=epoch, grant_hash=grant_hash, settings=settings, create=False
            )

        try:
            journal = await _opened_again(opened)
        except StoreError as error:
            earlier.faults.append(StoreError(error.code, f"epoch {epoch} is left out: {error.args[0]}"))
        else:
            stack.push_async_callback(journal.close)
            earlier.journals.append(journal)
    return earlier


async def _opened_again(opened: Callable[[], Awaitable[SqliteJournal]]) -> SqliteJournal:
    """Open a journal, once more where a write of the first opening is in doubt."""
    try:
        return await opened()
    except StoreError as error:
        if error.recovery is not Recovery.RESTART:
            raise
    return await opened()
