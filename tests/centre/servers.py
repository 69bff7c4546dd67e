"""Several of the centre's server processes on one database, and terminals that send to whichever answers."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

from edge.crypto.signing import SigningKey
from sync.batch import batch_hash, open_ack
from sync.central.centre import Centre
from sync.central.keys import open_keys
from sync.central.store.postgres import open_postgres
from sync.grant import grant_hash, open_grant
from sync.kit import EnrolmentRequest, open_kit
from sync.paths import ACK_TYPE, BATCH_TYPE, batches_path
from sync.wire import encode
from tests.sync.builders import NOON_MS, Ledger
from tests.sync.keys import BOX_PRIVATE, BOX_PUBLIC

PAUSE_S: Final = 0.02
"""What a terminal waits before it asks again: the test wants more collisions than a fleet does."""
READY_S_MAX: Final = 60.0


class Server:
    """One process of the centre. ``address`` is empty while it is down."""

    def __init__(self, database: str, state: Path) -> None:
        self._places = ["--database", database, "--state", str(state), "--listen", "127.0.0.1:0"]
        self._process: asyncio.subprocess.Process | None = None
        self.address = ""

    async def start(self) -> None:
        """Start it, again where the database was down, as a service manager does; returns when it has an address."""
        async with asyncio.timeout(READY_S_MAX):
            while not await self._started():
                continue

    async def _started(self) -> bool:
        program = [sys.executable, "-m", "edge.cli.main", "central", "serve", *self._places]
        pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(*program, stdout=pipe, stderr=nowhere)
        assert self._process.stdout is not None
        self.address = (await self._process.stdout.readline()).decode().strip()
        if not self.address:
            await self._process.communicate()
        return bool(self.address)

    async def end(self, how: signal.Signals) -> None:
        """End it, and see that it is gone."""
        self.address = ""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(how)
            await self._process.communicate()


@dataclass
class Journal:
    """A terminal's journal and how far it was acknowledged."""

    ledger: Ledger
    acked_seq: int = 0


@dataclass
class Fleet:
    """Terminals of one centre; ``acks`` counts, and ``more`` tells of each."""

    centre_key: bytes
    servers: list[Server]
    journals: list[Journal]
    chance: random.Random
    acks: int = 0
    tries: int = 0
    more: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def drain(self, entries: int) -> None:
        """Have every terminal send all it has, in batches of ``entries``."""
        timeout = aiohttp.ClientTimeout(total=20)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
            for journal in self.journals:
                group.create_task(self._drain_one(session, journal, entries))

    async def _drain_one(self, session: aiohttp.ClientSession, journal: Journal, entries: int) -> None:
        while journal.acked_seq < journal.ledger.last:
            first = journal.acked_seq + 1
            last = min(journal.acked_seq + entries, journal.ledger.last)
            if await self._deliver(session, journal, first, last):
                journal.acked_seq = last
                async with self.more:
                    self.acks += 1
                    self.more.notify_all()
            else:
                await asyncio.sleep(PAUSE_S)

    async def _deliver(self, session: aiohttp.ClientSession, journal: Journal, first: int, last: int) -> bool:
        """Send one batch to any server that is up; true where a signed ack named it."""
        up = [server.address for server in self.servers if server.address]
        if not up:
            return False
        self.tries += 1
        ledger = journal.ledger
        url = self.chance.choice(up) + batches_path(ledger.terminal)
        try:
            async with session.post(
                url, data=ledger.packed(first, last), headers={"Content-Type": BATCH_TYPE}
            ) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, TimeoutError):
            return False
        if answer.status == 503:
            return False
        assert (answer.status, answer.content_type) == (200, ACK_TYPE), body
        ack = open_ack(body, self.centre_key)
        assert (ack.batch_hash, ack.acked_seq) == (batch_hash(ledger.batch(first, last).span), last)
        return True

    async def after(self, acks: int) -> None:
        """Wait until so many acks have come in all."""
        async with self.more:
            await self.more.wait_for(lambda: self.acks >= acks)


@asynccontextmanager
async def centre_beside(database: str, state: Path) -> AsyncIterator[Centre]:
    """Yield the same centre in our own process: one more on the database."""
    chance = iter(range(1, 10_000))
    keys = open_keys(state, lambda count: next(chance).to_bytes(count, "big"))
    store = await open_postgres(database, "")
    try:
        yield Centre(store, keys, lambda: NOON_MS, lambda count: next(chance).to_bytes(count, "big"))
    finally:
        await store.close()


async def enrolled_journal(centre: Centre, terminal: str) -> Journal:
    """Enrol a terminal and return its empty journal."""
    key = SigningKey(terminal.encode().ljust(32, b"."))
    token = await centre.new_token(terminal)
    request = EnrolmentRequest(terminal, token.secret, key.public, BOX_PUBLIC, 0)
    kit = open_kit(await centre.enrol(encode(request)), BOX_PRIVATE, token.fingerprint)
    epoch = open_grant(kit.grant, kit.centre_key).epoch
    return Journal(Ledger(epoch=epoch, start=grant_hash(kit.grant), key=key, terminal=terminal))
