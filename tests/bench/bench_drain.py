"""The terminal's side of an upload: from the rows of the journal to packed batches, and their acks.

Terminal and sync process share one event loop here and speak over the real control socket: what both do adds up, as on
a device with one core. The floor is what the sync process cannot do without: to be told the rows. Times are of the
processor, for others share the machine; how long an ack's flush waits for the disk is told beside them. What a batch
costs is all that is done for it: told, joined, packed, and its ack checked and written.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from persistqueue import SQLiteAckQueue

from edge.control.client import ControlClient, connect
from edge.control.messages import SLICE_ENTRIES_MAX
from edge.domain.exchange import ACK_PURPOSE, HEAD_PURPOSE, Ack
from edge.store.journal import SqliteJournal
from edge.terminal.control import ControlServer
from edge.terminal.events import Broadcast
from edge.terminal.streams import EpochStream
from edge.terminal.verbs import SLICE_BYTES_MAX, SyncVerbs
from sync.batch import BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, Batch, batch_hash, encode_ack, open_ack, packed_batch
from sync.columns import grouped, rows_of, taken_apart
from sync.feed import Feed, TerminalState
from sync.wire import statement
from tests.bench.disk_counts import disk_folder
from tests.bench.report import Report
from tests.bench.tap_stream import stream
from tests.bench.terminal_folder import EPOCH, NAME, OWN_KEY, enrolled
from tests.store.editions import CENTRE

ROW: Final = "drain"
TAPS: Final = 2_000
ROUNDS: Final = 7
BATCHES: Final = 3
"""Of one round."""
X_MIN: Final = 0.3
COLUMNS_X_MIN: Final = 0.15
PARTS: Final = {
    "slices": "read by the journal",
    "rows": "told over the control socket",
    "collect": "told and joined into a batch",
    "plain": "packed as they are",
    "columns": "put into columns and packed",
    "apart": "of that, taken apart by fields",
    "ack": "ack checked, watermark written",
}


@dataclass
class Seconds:
    """What the entries of one round took, by part."""

    entries: int = 0
    slices: float = 0.0
    rows: float = 0.0
    collect: float = 0.0
    plain: float = 0.0
    columns: float = 0.0
    apart: float = 0.0
    ack: float = 0.0
    ack_waits: float = 0.0
    queue: float = 0.0
    batches: list[Batch] = field(default_factory=list)

    @property
    def plain_drain(self) -> float:
        """Return what brings the rows of the journal onto the wire as they are, and their ack home."""
        return self.collect + self.plain + self.ack

    @property
    def columns_drain(self) -> float:
        """Return the same in columns."""
        return self.collect + self.columns + self.ack


def run() -> int:
    """Print the figures; returns 1 where the drain is slower than its share."""
    floor = "the same rows over the control socket in the same slices, and nothing done with them"
    title = f"{BATCHES} batches a round, cut as the sync process cuts them; {ROUNDS} rounds, all parts in turn"
    report = Report(ROW, title, floor)
    with disk_folder() as folder:
        rounds = asyncio.run(_measured(Path(folder)))
    entries = sum(one.entries for one in rounds)
    for name, told in PARTS.items():
        each_us = 1e6 * sum(getattr(one, name) for one in rounds) / entries
        report.figure(told, f"{each_us:.1f} us an entry")
    _told(report, "as they are, and acked", rounds, [one.plain_drain for one in rounds], X_MIN)
    _told(report, "in columns, and acked", rounds, [one.columns_drain for one in rounds], COLUMNS_X_MIN)
    room_us = 1e6 * (sum(one.rows / X_MIN - one.collect - one.ack for one in rounds)) / entries
    report.note(f"for {X_MIN} columns would have {room_us:.1f} us an entry; see what taking it apart alone takes")
    waits_ms = 1e3 * sum(one.ack_waits for one in rounds) / (ROUNDS * BATCHES)
    report.note(f"an ack is back after {waits_ms:.1f} ms, most of it the flush that makes the watermark durable")
    queue = entries / sum(one.queue for one in rounds)
    report.figure("persist-queue SQLiteAckQueue", f"{queue:,.0f} entries/s, got and acked one by one, not packed")
    return report.end()


def _told(report: Report, name: str, rounds: Sequence[Seconds], drains: Sequence[float], x_min: float) -> None:
    """Print how fast one way of draining is, and what share of the floor."""
    ratios = [one.rows / drain for one, drain in zip(rounds, drains, strict=True)]
    rate = sum(one.entries for one in rounds) / sum(drains)
    told = f"{rate:,.0f} entries/s: {median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f}) of it, at least {x_min}"
    report.figure(name, told, value=-median(ratios), limit=-x_min)


async def _measured(folder: Path) -> Sequence[Seconds]:
    home, sockets = folder / "terminal", folder / "sockets"
    home.mkdir()
    journal = await enrolled(home).open_journal()
    server = ControlServer(sockets, _verbs(journal).verbs(), Broadcast({}))
    try:
        for draft in stream(TAPS).drafts:
            await journal.append(draft, durable=False)
        await server.start()
        rounds, first = [], 1
        async with connect(sockets / "sync.sock") as client:
            for _ in range(ROUNDS):
                one = await _round(journal, client, first)
                first += one.entries
                _queue(one)
                rounds.append(one)
        return rounds
    finally:
        await server.close()
        await journal.close()


async def _round(journal: SqliteJournal, client: ControlClient, first: int) -> Seconds:
    """Drain a part of the journal, and read its rows alone, batch by batch in turn."""
    one, feed = Seconds(), Feed(client)
    state = TerminalState(NAME, 1, "1.0.0", ())
    for _ in range(BATCHES):
        began = time.process_time()
        batch = await feed.collect(state, EPOCH, BATCH_ENTRIES_MAX, BATCH_BYTES_MAX, {}, start=first)
        one.collect += time.process_time() - began
        if batch is None:
            raise RuntimeError("the journal is too short for so many rounds")
        began = time.process_time()
        packed_batch(batch)
        one.plain += time.process_time() - began
        began = time.process_time()
        packed_batch(batch, in_columns=True)
        one.columns += time.process_time() - began
        began = time.process_time()
        for alike in grouped(rows_of(batch.span, batch.entries)).values():
            taken_apart(alike)
        one.apart += time.process_time() - began
        signed = _acked(batch)
        began, sent = time.process_time(), time.perf_counter()
        await feed.ack(signed)
        one.ack += time.process_time() - began
        one.ack_waits += time.perf_counter() - sent
        one.rows += await _rows(client, first, len(batch.entries))
        one.slices += await _slices(journal, first, len(batch.entries))
        one.entries += len(batch.entries)
        one.batches.append(batch)
        first += len(batch.entries)
    return one


async def _rows(client: ControlClient, first: int, count: int) -> float:
    """Return how long it takes to be told the rows."""
    began, end = time.process_time(), first + count
    while first < end:
        answer = await client.call("entries", epoch=EPOCH, max=min(SLICE_ENTRIES_MAX, end - first), **{"from": first})
        first = int(answer["last_seq"]) + 1
    return time.process_time() - began


async def _slices(journal: SqliteJournal, first: int, count: int) -> float:
    """Return how long it takes the journal to read the rows."""
    began, end = time.process_time(), first + count
    while first < end:
        part = await journal.slice(first, min(SLICE_ENTRIES_MAX, end - first), SLICE_BYTES_MAX)
        if part is None:
            raise RuntimeError("a row is missing")
        first += len(part.entries)
    return time.process_time() - began


def _verbs(journal: SqliteJournal) -> SyncVerbs:
    async def hears(ack: Ack, *, carried: bool) -> None:
        """Do nothing more with an ack than the journal does."""
        del ack, carried

    async def install(_path: Path) -> int:
        return 1

    return SyncVerbs(
        streams=lambda: [EpochStream(EPOCH, journal)],
        sign=lambda head: OWN_KEY.sign(statement(HEAD_PURPOSE, head)),
        open_ack=lambda packed: open_ack(packed, CENTRE.public),
        install=install,
        acked=hears,
    )


def _acked(batch: Batch) -> bytes:
    """Return the centre's answer to a batch."""
    span = batch.span
    told = (span.terminal, span.epoch, span.first_seq, span.last_seq, batch_hash(span), 1)
    ack = Ack(*told, span.last_seq, span.last_seq + 1, (), 0, ())
    return encode_ack(ack, CENTRE.sign(statement(ACK_PURPOSE, ack)))


def _queue(one: Seconds) -> None:
    """Let the same entries wait in a queue on SQLite, then take each and acknowledge it."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        queue = SQLiteAckQueue(name)
        for batch in one.batches:
            for entry in batch.entries:
                queue.put(entry)
        began = time.perf_counter()
        for _ in range(one.entries):
            queue.ack(queue.get())
        one.queue = time.perf_counter() - began
        queue.close()
