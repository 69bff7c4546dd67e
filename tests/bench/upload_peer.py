"""A sync process's part of an upload, told over the control socket: a round for each line on standard input."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from edge.control.client import connect
from sync.batch import BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, packed_batch
from sync.feed import Feed, TerminalState
from tests.bench.terminal_folder import EPOCH, NAME


async def upload(sock: Path, first: int, last: int) -> int:
    """Collect and pack the entries from ``first`` to ``last``; returns how many."""
    state, start = TerminalState(NAME, EPOCH, "1.0.0", ()), first
    async with connect(sock) as client:
        feed = Feed(client)
        while start <= last:
            batch = await feed.collect(state, EPOCH, BATCH_ENTRIES_MAX, BATCH_BYTES_MAX, {}, start=start)
            if batch is None:
                break
            packed_batch(batch)
            start += len(batch.entries)
    return start - first


def main() -> None:
    """Upload the words ``FIRST LAST`` of each line, and answer with the count."""
    for line in sys.stdin:
        first, last = map(int, line.split())
        count = asyncio.run(upload(Path(sys.argv[1]), first, last))
        sys.stdout.write(f"{count}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
