"""The journals of earlier epochs, beside the one in force: their entries are still owed to the centre."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from edge.domain.errors import StoreError
from edge.store.journal import SqliteJournal, open_journal
from edge.store.settings import JournalSettings


@dataclass(frozen=True, slots=True)
class EarlierJournals:
    """Those that opened, oldest first, and why others did not; those are left as they are."""

    journals: list[SqliteJournal] = field(default_factory=list)
    faults: list[StoreError] = field(default_factory=list)


async def open_earlier(
    state: Path, terminal: str, epochs: Sequence[tuple[int, bytes]], settings: JournalSettings, stack: AsyncExitStack
) -> EarlierJournals:
    """Open ``journal-N.db`` of each (epoch N, hash of its grant) that still exists; ``stack`` closes them.

    One that cannot be opened stops nothing: its entries wait on the disk for somebody to look at them.
    """
    earlier = EarlierJournals()
    for epoch, grant_hash in epochs:
        path = state / f"journal-{epoch}.db"
        if not path.exists():
            continue
        try:
            journal = await open_journal(
                path, terminal=terminal, epoch=epoch, grant_hash=grant_hash, settings=settings, create=False
            )
        except StoreError as error:
            earlier.faults.append(StoreError(error.code, f"epoch {epoch} is left out: {error.args[0]}"))
        else:
            stack.push_async_callback(journal.close)
            earlier.journals.append(journal)
    return earlier
