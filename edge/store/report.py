"""What a journal says of itself in ``status``: the same words from the running terminal and from its files."""

from __future__ import annotations

from typing import Final

from edge.control.status import JournalStatus, LastTapStatus
from edge.store.journal import SqliteJournal
from sync.wire import decode_entry

LOOK_BACK_ROWS: Final = 50
"""How far back the last tap is looked for; further back it is not news."""


async def journal_status(journal: SqliteJournal, limit_bytes: int) -> JournalStatus:
    """Return where the journal stands; ``limit_bytes`` is the size at which it counts as full."""
    at, space, unsettled = journal.position(), await journal.space(), await journal.unsettled()
    oldest = await journal.entry(at.acked + 1) if at.last > at.acked else None
    open_debits = sum(1 for debit in unsettled if not debit.reason)
    return JournalStatus(
        last_seq=at.last,
        acked_seq=at.acked,
        unsent_entries=at.last - at.acked,
        unsent_taps=at.unsent_count,
        unsent_fen=at.unsent_fen,
        oldest_unsent_ms=0 if oldest is None else oldest.time_ms,
        open_debits=open_debits,
        torn_debits=len(unsettled) - open_debits,
        used_bytes=space.journal_bytes,
        limit_bytes=limit_bytes,
        free_bytes=space.free_bytes,
        space="full" if space.stop else "warn" if space.warn else "ok",
    )


async def last_tap(journal: SqliteJournal) -> LastTapStatus | None:
    """Return the newest entry of a tap."""
    first = max(1, journal.last_seq - LOOK_BACK_ROWS + 1)
    for packed in reversed(await journal.page(first, LOOK_BACK_ROWS)):
        entry = decode_entry(packed)
        if entry.tap_id:
            return LastTapStatus(entry.tap_id.hex(), entry.kind.name.lower(), entry.seq, entry.time_ms)
    return None
