"""Opening journals in tests, and acks that fit them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from edge.domain.exchange import Ack, BatchSpan, RejectedEntry
from edge.store.journal import SqliteJournal, open_journal
from edge.store.settings import JournalSettings
from sync.batch import batch_hash

TERMINAL: Final = "bus-7"
EPOCH: Final = 4
GRANT_HASH: Final = hashlib.sha256(b"grant").digest()
SMALL: Final = JournalSettings(
    retention_days=1, retention_entries=0, floor_bytes=0, reserve_bytes=0, checkpoint_entries=4, wal_bytes=64 * 1024
)
"""Settings under which everything happens soon."""


async def opened(path: Path, settings: JournalSettings = SMALL) -> SqliteJournal:
    """Open the test terminal's journal."""
    return await open_journal(path, terminal=TERMINAL, epoch=EPOCH, grant_hash=GRANT_HASH, settings=settings)


@asynccontextmanager
async def journal_at(path: Path, settings: JournalSettings = SMALL) -> AsyncIterator[SqliteJournal]:
    """Open a journal and close it whatever happens."""
    journal = await opened(path, settings)
    try:
        yield journal
    finally:
        await journal.close()


async def ack_for(
    journal: SqliteJournal,
    first: int,
    last: int,
    *,
    acked: int | None = None,
    expected: int | None = None,
    centre_epoch: int = 1,
    rejected: tuple[RejectedEntry, ...] = (),
) -> Ack:
    """Return the ack of a centre that holds the journal's own rows ``first`` to ``last``."""
    part = await journal.slice(first, last - first + 1, 1 << 30)
    assert part is not None
    span = BatchSpan(TERMINAL, EPOCH, first, last, part.previous_hash, part.head.head_hash)
    return Ack(
        terminal=TERMINAL,
        epoch=EPOCH,
        first_seq=first,
        last_seq=last,
        batch_hash=batch_hash(span),
        centre_epoch=centre_epoch,
        acked_seq=last if acked is None else acked,
        expected_seq=last + 1 if expected is None else expected,
        rejected=rejected,
        server_time_ms=0,
        offers=(),
    )
