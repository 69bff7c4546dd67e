"""Taps a second into the centre over HTTP, beside the same work without HTTP, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Final

import aiohttp

from edge.clock import SystemClock, SystemIds
from edge.crypto.signing import SigningKey
from sync.batch import packed_batch
from sync.central.centre import Centre
from sync.central.keys import open_keys
from sync.central.store.engines import open_store
from sync.grant import grant_hash, open_grant
from sync.kit import EnrolmentRequest, open_kit
from sync.paths import BATCH_TYPE, batches_path
from sync.wire import encode
from tests.bench.bench_wire import batches_by_size
from tests.bench.disk_counts import disk_folder
from tests.bench.report import Report
from tests.bench.tap_stream import stream
from tests.centre.cluster import Cluster
from tests.centre.servers import Server
from tests.sync.keys import BOX_PRIVATE, BOX_PUBLIC

ROW: Final = "ingest"
ROUNDS: Final = 7
TERMINALS: Final = 12
"""Of one round, each of which sends its batches one after the other."""
TAPS: Final = 250
X_MIN: Final = 0.7

Load = Sequence[tuple[str, Sequence[bytes]]]
Receive = Callable[[str, bytes], Awaitable[None]]


def run() -> int:
    """Print the figures; returns 1 where HTTP takes more than its share."""
    work = "decompress, decode, verify, chain, book, one transaction with every statement, sign the ack"
    title = f"{TERMINALS} terminals at once, {TAPS} taps each, {ROUNDS} rounds; the server is a process of its own"
    report = Report(ROW, title, f"the same batches into the same code in one process, without HTTP: {work}")
    with disk_folder() as folder:
        asyncio.run(_compare(report, "SQLite", f"sqlite:{folder}/one.db", f"sqlite:{folder}/two.db"))
    with Cluster() as cluster:
        report.note(f"PostgreSQL {cluster.version}, fsync on, on this machine, over a Unix socket")
        asyncio.run(_compare(report, "PostgreSQL", cluster.new_place(), cluster.new_place()))
    return report.end()


async def _compare(report: Report, engine: str, served: str, alone: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folders = Path(name, "served"), Path(name, "alone")
        loads = [await _prepared(database, folder) for database, folder in zip((served, alone), folders, strict=True)]
        async with _posting(served, folders[0]) as post, _receiving(alone, folders[1]) as receive:
            rates = []
            for posted, received in zip(*loads, strict=True):
                floor = await _rate(received, receive)
                rates.append((await _rate(posted, post), floor))
    ratios = [over / without for over, without in rates]
    over, without = (median(column) for column in zip(*rates, strict=True))
    report.figure(f"{engine}, without HTTP", f"{without:,.0f} taps/s")
    told = f"{over:,.0f} taps/s: {median(ratios):.2f}x ({min(ratios):.2f}-{max(ratios):.2f}), at least {X_MIN}"
    report.figure(f"{engine}, over HTTP", told, value=-median(ratios), limit=-X_MIN)


async def _prepared(database: str, state: Path) -> list[Load]:
    """Enrol the terminals of all rounds at a centre; returns what they will send, packed."""
    async with _centre(database, state) as centre:
        return [
            [await _sending(centre, f"BUS-{number}.{turn}") for number in range(TERMINALS)] for turn in range(ROUNDS)
        ]


async def _sending(centre: Centre, terminal: str) -> tuple[str, Sequence[bytes]]:
    key = SigningKey(terminal.encode().ljust(32, b"."))
    token = await centre.new_token(terminal)
    request = EnrolmentRequest(terminal, token.secret, key.public, BOX_PUBLIC, 0)
    kit = open_kit(await centre.enrol(encode(request)), BOX_PRIVATE, token.fingerprint)
    epoch = open_grant(kit.grant, kit.centre_key).epoch
    journal = stream(TAPS, terminal=terminal, epoch=epoch, start=grant_hash(kit.grant))
    return terminal, [packed_batch(batch, in_columns=True) for batch in batches_by_size(journal)]


@asynccontextmanager
async def _centre(database: str, state: Path) -> AsyncIterator[Centre]:
    keys = open_keys(state, SystemIds().random_bytes)
    store = await open_store(database)
    try:
        yield Centre(store, keys, SystemClock().wall_ms, SystemIds().random_bytes)
    finally:
        await store.close()


@asynccontextmanager
async def _receiving(database: str, state: Path) -> AsyncIterator[Receive]:
    """Yield what hands a batch to the centre itself."""
    async with _centre(database, state) as centre:

        async def receive(terminal: str, packed: bytes) -> None:
            receipt = await centre.receive(terminal, packed)
            if receipt.ack.rejected or receipt.ack.acked_seq == 0:
                raise RuntimeError(f"not accepted: {receipt.ack}")

        yield receive


@asynccontextmanager
async def _posting(database: str, state: Path) -> AsyncIterator[Receive]:
    """Yield what posts a batch to the centre's process."""
    server = Server(database, state)
    await server.start()
    try:
        async with aiohttp.ClientSession() as session:

            async def post(terminal: str, packed: bytes) -> None:
                url, kind = server.address + batches_path(terminal), {"Content-Type": BATCH_TYPE}
                async with session.post(url, data=packed, headers=kind) as answer:
                    await answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"status {answer.status}")

            yield post
    finally:
        await server.end(signal.SIGTERM)


async def _rate(load: Load, receive: Receive) -> float:
    """Return taps a second of one round."""

    async def send(terminal: str, batches: Sequence[bytes]) -> None:
        for packed in batches:
            await receive(terminal, packed)

    began_s = time.perf_counter()
    await asyncio.gather(*(send(terminal, batches) for terminal, batches in load))
    return TERMINALS * TAPS / (time.perf_counter() - began_s)
