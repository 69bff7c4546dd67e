"""An entry and its place in the chain: what the short code of a receipt is made of, and checked by."""

from __future__ import annotations

from typing import Final

from edge.domain.entry import chain
from edge.domain.frozen import frozen
from edge.ports import JournalKeeper

ONE_ENTRY_BYTES: Final = 1 << 20


@frozen
class ChainedEntry:
    """The bytes of an entry, and the chain hash of the journal with it."""

    raw: bytes
    chain_hash: bytes


async def chained_entry(journal: JournalKeeper, seq: int) -> ChainedEntry | None:
    """Return an entry of a journal, its hash computed anew; None where it was pruned."""
    part = await journal.slice(seq, 1, ONE_ENTRY_BYTES)
    if part is None or part.first_seq != seq:
        return None
    raw = part.entries[0]
    return ChainedEntry(raw, chain(part.previous_hash, raw))
