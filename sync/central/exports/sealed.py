"""How many taps that are held were sealed to which clearing key, terminal by terminal and piece by piece."""

from __future__ import annotations

from collections import Counter
from typing import Final, cast

from edge.domain.entry import Intent, PaidTap
from sync.central.courier import Ask
from sync.central.store import book_statements as books
from sync.central.store.port import Query, Work
from sync.wire import decode_entry

PIECE: Final = 2_000


def sealed_work(terminal: str, epoch: int, after_seq: int) -> Work[tuple[int, dict[int, int]]]:
    """Count the next entries of a journal by clearing key; returns the last number looked at, 0 at the end."""
    rows = yield Query(books.TAPS_AFTER, (terminal, epoch, after_seq, PIECE))
    counts: Counter[int] = Counter()
    for _, raw in rows:
        body = decode_entry(cast("bytes", raw)).body
        if isinstance(body, Intent | PaidTap):
            counts[body.clearing_key] += 1
    return (cast("int", rows[-1][0]) if rows else 0), dict(counts)


def journals_work() -> Work[list[tuple[str, int]]]:
    """Return every journal that the books have begun."""
    rows = yield Query(books.MARKS)
    return [cast("tuple[str, int]", tuple(row[:2])) for row in rows]


async def sealed_by_version(ask: Ask) -> dict[int, int]:
    """Return the number of taps by clearing key of all that the centre holds."""
    counts: Counter[int] = Counter()
    for terminal, epoch in (await ask("files.journals", {}))["journals"]:
        seq = 0
        while True:
            told = await ask("files.sealed", {"terminal": terminal, "epoch": epoch, "after": seq})
            counts.update({int(version): count for version, count in told["taps"].items()})
            seq = told["seq"]
            if not seq:
                break
    return dict(counts)
