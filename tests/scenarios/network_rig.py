"""Real parts on loopback: the centre over HTTP on SQLite, a proxy, a journal behind its control socket, the sync."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from edge.clock import SystemClock, SystemIds
from edge.domain.entry import Entry, Remark
from edge.domain.errors import OneCardError
from edge.domain.exchange import HEAD_PURPOSE, SignedTime
from edge.store.journal import SqliteJournal, open_journal
from edge.store.settings import JournalSettings
from edge.terminal.control import ControlServer
from edge.terminal.events import Broadcast
from edge.terminal.key_verbs import KeyVerbs
from edge.terminal.streams import EpochStream
from edge.terminal.time_verbs import TimeVerbs
from edge.terminal.verbs import SyncVerbs
from sync.batch import open_ack
from sync.central.centre import Centre
from sync.central.keys import open_keys
from sync.central.reconcile import Books
from sync.central.server import served
from sync.central.store.sqlite import SqliteStore, open_sqlite
from sync.centre_link import CentreLink
from sync.downlink import Downlink
from sync.enrolment import activate_spare, enrol_online
from sync.enrolment_files import load_enrolment, read_trust
from sync.key_following import KeyFollower
from sync.process import SyncProcess, SyncSettings
from sync.signed_time import open_time
from sync.uplink import Pace, Uplink
from sync.wire import statement
from tests.scenarios.network_faults import FaultProxy
from tests.store.drafts import intent, posted

SMALL = JournalSettings(floor_bytes=0, reserve_bytes=0, wal_bytes=64 * 1024)
REQUEST_TIMEOUT_S = 0.4
PATIENCE_S = 20.0


class CentreHost:
    """The centre, which can be stopped, backed up and restored."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.ahead_ms = 0
        self._store: SqliteStore | None = None
        self._serving = AsyncExitStack()
        self.centre: Centre

    async def start(self) -> None:
        """Open store and port; the port stays the same over restarts."""
        keys = open_keys(self.folder, SystemIds().random_bytes)
        self._store = await open_sqlite(self.folder / "central.db")
        self.centre = Centre(self._store, keys, self.now_ms, SystemIds().random_bytes)
        runner = await self._serving.enter_async_context(served(self.centre, 0.1))
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        self.port = runner.addresses[0][1]

    def now_ms(self) -> int:
        """Return the centre's time, which may be made to run ahead."""
        return SystemClock().wall_ms() + self.ahead_ms

    async def stop(self) -> None:
        """Close port and store."""
        assert self._store is not None
        await self._serving.aclose()
        await self._store.close()

    async def back_up(self) -> None:
        """Copy the store while it is closed."""
        await self.stop()
        shutil.copy(self.folder / "central.db", self.folder / "backup.db")
        await self.start()

    async def restore(self, *, declared: bool = True) -> None:
        """Put the backup into place, as an operator would, and declare it (or forget to)."""
        await self.stop()
        shutil.copy(self.folder / "backup.db", self.folder / "central.db")
        await self.start()
        if declared:
            await self.centre.restored()


@dataclass
class Device:
    """A terminal's state folder with its journals open and its sync socket served; no readers."""

    folder: Path
    journals: list[EpochStream] = field(default_factory=list)
    installed: list[int] = field(default_factory=list)
    told: list[SignedTime] = field(default_factory=list)
    noted: list[Remark] = field(default_factory=list)
    broadcast: Broadcast = field(default_factory=lambda: Broadcast({}))
    taps: int = 0
    _control: ControlServer | None = None

    @property
    def state(self) -> Path:
        """Return the state folder."""
        return self.folder / "state"

    @property
    def credentials(self) -> Path:
        """Return the credentials folder."""
        return self.folder / "credentials"

    @property
    def socket(self) -> Path:
        """Return the sync socket."""
        return self.folder / "sockets" / "sync.sock"

    async def enrol(self, centre: Centre, url: str, terminal: str = "BUS-1") -> None:
        """Enrol over HTTP with a fresh token."""
        async with CentreLink(url) as link:
            token = await centre.new_token(terminal)
            await enrol_online(link, token, self.state, self.credentials, SystemIds().random_bytes)

    def salvage(self) -> None:
        """Put the spare grant into force."""
        activate_spare(self.state)

    async def start(self) -> None:
        """Open the journals of every epoch and serve the sync socket, as `onecard run` does."""
        enrolment = load_enrolment(self.state, self.credentials)
        epochs = [(epoch, grant, self.state / f"journal-{epoch}.db") for epoch, grant in enrolment.old_epochs]
        epochs = [each for each in epochs if each[2].exists()]
        for epoch, grant, path in [*epochs, (enrolment.epoch, enrolment.grant_hash, self.state / "journal.db")]:
            journal = await open_journal(
                path, terminal=enrolment.terminal, epoch=epoch, grant_hash=grant, settings=SMALL
            )
            self.journals.append(EpochStream(epoch, journal))
        verbs = SyncVerbs(
            streams=lambda: list(self.journals),
            sign=lambda head: enrolment.signing_key.sign(statement(HEAD_PURPOSE, head)),
            open_ack=lambda packed: open_ack(packed, enrolment.centre.in_force),
            install=self._install,
            acked=_ignore,
        )
        clock = SystemClock()
        time = TimeVerbs(
            random_bytes=SystemIds().random_bytes,
            monotonic_ms=clock.monotonic_ms,
            open_time=lambda packed: open_time(packed, enrolment.centre.in_force),
            heard=self._told,
            patience_ms=30_000,
        )
        keys = KeyVerbs(enrolment.centre, self._signed_ms, self._note)
        own = {**verbs.verbs(), **time.verbs(), **keys.verbs(), "hello": self._hello(enrolment.terminal)}
        self._control = ControlServer(self.socket.parent, own, self.broadcast)
        await self._control.start()

    async def stop(self) -> None:
        """Close socket and journals."""
        if self._control is not None:
            await self._control.close()
            self._control = None
        for stream in self.journals:
            await _journal(stream).close()
        self.journals.clear()

    async def ride(self, count: int = 1, *, fen: int = 200) -> None:
        """Append taps, each an intent and its proof, to the journal in force."""
        journal = _journal(self.journals[-1])
        for _ in range(count):
            self.taps += 1
            entry: Entry = await journal.append(intent(self.taps, fen=fen))
            await journal.append(posted(self.taps, entry.seq))

    def copy(self, folder: Path) -> Device:
        """Return the device that runs on a copy of this disk; this one must be stopped."""
        shutil.copytree(self.folder, folder)
        return Device(folder, taps=1000)

    def acked(self) -> bool:
        """Say whether everything is acknowledged."""
        return all(stream.drained() for stream in self.journals)

    def _hello(self, terminal: str) -> Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]:
        async def hello(_: Mapping[str, Any]) -> dict[str, Any]:
            edition = self.installed[-1] if self.installed else 0
            streams = [stream.position() for stream in self.journals]
            return {"terminal": terminal, "epoch": 0, "version": "test", "edition": edition, "streams": streams}

        return hello

    def _signed_ms(self) -> int:
        """Return the newest time that the centre has signed."""
        return max((told.server_time_ms for told in self.told), default=0)

    async def _note(self, remark: Remark) -> None:
        self.noted.append(remark)

    async def _told(self, told: SignedTime) -> None:
        self.told.append(told)

    async def _install(self, path: Path) -> int:
        self.installed.append(int(path.name))
        return self.installed[-1]


@dataclass
class Rig:
    """Everything, joined."""

    host: CentreHost
    proxy: FaultProxy
    device: Device
    troubles: list[str] = field(default_factory=list)
    follows_keys: bool = True
    """Its question comes before the first batch, and would meet the fault that is planned for that."""

    @asynccontextmanager
    async def syncing(self, device: Device | None = None, entries_max: int = 500) -> AsyncIterator[SyncProcess]:
        """Run a sync process for a device while the block runs."""
        device = device or self.device

        def report(error: OneCardError) -> None:
            self.troubles.append(error.code)
            process.report(error)

        async with CentreLink(self.proxy.url, timeout_s=REQUEST_TIMEOUT_S) as link:
            trust = read_trust(device.state)
            uplink = Uplink(link, trust.in_force, Pace(0.01, 0.05), lambda ceiling: ceiling, report)
            downlink = Downlink(link, trust.in_force, device.state, ever=trust.ever)
            settings = SyncSettings(entries_max=entries_max, interval_s=0.05, reconnect_s=0.02)
            process = SyncProcess(device.socket, device.state, uplink, downlink, settings, SystemClock())
            if self.follows_keys:
                process.keys = KeyFollower(link, trust, SystemClock())
                uplink.another_key = process.keys.another
            task = asyncio.create_task(process.run())
            try:
                yield process
            finally:
                task.cancel()
                await asyncio.wait([task])
                if not task.cancelled():
                    await task

    async def drained(self, device: Device | None = None) -> None:
        """Wait until a device has everything acknowledged."""
        await until((device or self.device).acked)

    async def books(self) -> Books:
        """Return the centre's books."""
        return await self.host.centre.books()


@asynccontextmanager
async def network_rig(folder: Path) -> AsyncIterator[Rig]:
    """Start everything with one enrolled, running device, and stop it whatever happens."""
    host = CentreHost(folder / "centre")
    await host.start()
    proxy = FaultProxy(("127.0.0.1", host.port))
    await proxy.start()
    device = Device(folder / "device")
    try:
        await device.enrol(host.centre, f"http://127.0.0.1:{host.port}")
        await device.start()
        yield Rig(host, proxy, device)
    finally:
        await device.stop()
        await proxy.close()
        await host.stop()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition that other tasks bring about; fails after :data:`PATIENCE_S`."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - the condition is another process's state, which signals nothing
            await asyncio.sleep(0.005)


def _journal(stream: EpochStream) -> SqliteJournal:
    assert isinstance(stream.feed, SqliteJournal)
    return stream.feed


async def _ignore(ack: object, *, carried: bool) -> None:
    """Leave the terminal's own reaction to an ack out of these scenarios."""
