"""A centre and devices that never meet but by stick: real journals behind real sockets, a real store, real files."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from edge.clock import SystemIds
from edge.control.client import connect
from sync.central.admin import Admin
from sync.central.artifacts import Publication
from sync.central.courier import Load, Loaded, TakeIn, TakenIn
from sync.central.keys import open_keys
from sync.courier import BringIn, BroughtIn, CarriedOut, CarryOut
from sync.courier_link import StickLink
from sync.courier_stick import open_stick, place_of
from sync.downlink import Downlink
from sync.enrolment_files import grant_of, read_trust
from sync.feed import Feed
from sync.key_following import carry_keys
from sync.paths import KEYS_PATH
from tests.scenarios.network_rig import CentreHost, Device

TARIFF = Publication("tariff", "tariff", b"fares")
DENY = Publication("deny_list", "deny_list", b"")


def contents(database: Path) -> list[str]:
    """Return every table and row of a database that nobody has open."""
    with closing(sqlite3.connect(database)) as connection:
        return list(connection.iterdump())


@dataclass
class Cut:
    """How small batches are cut."""

    entries_max: int = 20
    bytes_max: int = 65_536


@dataclass
class Trip:
    """One stick, and everybody it is carried to."""

    folder: Path
    host: CentreHost
    cut: Cut = field(default_factory=Cut)

    @property
    def stick(self) -> Path:
        """Return where the stick is mounted."""
        return self.folder / "stick"

    @property
    def files(self) -> Path:
        """Return the fleet's folder on the stick."""
        (root,) = self.stick.glob("onecard-*")
        return root

    def admin(self) -> Admin:
        """Return the operator's verbs at the centre."""
        return Admin(self.host.centre, open_keys(self.host.folder, SystemIds().random_bytes).token_key)

    async def device(self, name: str) -> Device:
        """Enrol a device, once, over loopback; from then on it is alone."""
        device = Device(self.folder / name)
        await device.enrol(self.host.centre, f"http://127.0.0.1:{self.host.port}", name)
        await device.start()
        return device

    async def export(self, device: Device) -> CarriedOut:
        """Carry a running device's batches out."""
        stick = open_stick(self.stick, read_trust(device.state).ever, fill=True)
        async with connect(device.socket) as client:
            grants = partial(grant_of, device.state)
            return await CarryOut(Feed(client), stick, grants, self.cut.entries_max, self.cut.bytes_max).run()

    async def bring_in(self, device: Device) -> BroughtIn:
        """Hand the acks on the stick to a running device."""
        trust = read_trust(device.state)
        stick = open_stick(self.stick, trust.ever, fill=False)
        async with connect(device.socket) as client:
            assert await carry_keys(Feed(client), trust, stick.read(place_of(KEYS_PATH))) is None
            return await BringIn(Feed(client), stick, trust.in_force).run()

    async def bring_edition(self, device: Device) -> int | None:
        """Stage the edition on the stick for a running device and offer it; returns its number."""
        trust = read_trust(device.state)
        link = StickLink(open_stick(self.stick, trust.ever, fill=False))
        downlink = Downlink(link, trust.in_force, device.state, ever=trust.ever)
        async with connect(device.socket) as client:
            feed = Feed(client)
            number = await downlink.stage((await feed.hello()).edition)
            if number is not None:
                downlink.taken(await feed.edition(f"editions/{number}"))
        return number

    async def take_in(self) -> TakenIn:
        """Take the stick's batches in at the centre."""
        key = self.host.centre.keys.ever
        return await TakeIn(self.admin().call, open_stick(self.stick, key, fill=False), key).run()

    async def load(self) -> Loaded:
        """Load the stick with the newest edition."""
        keys = self.host.centre.keys
        stick = open_stick(self.stick, keys.ever, fill=True)
        return await Load(self.admin().call, stick, keys.ever, keys.succession).run()

    async def there_and_back(self, *devices: Device) -> None:
        """Carry everything out and home again."""
        for device in devices:
            await self.export(device)
        await self.take_in()
        for device in devices:
            await self.bring_in(device)

    def copy(self) -> Path:
        """Return a copy of the stick as it is now."""
        copy = self.folder / f"stick-{len(list(self.folder.glob('stick-*')))}"
        shutil.copytree(self.stick, copy)
        return copy

    def insert(self, copy: Path) -> None:
        """Put another stick in."""
        shutil.rmtree(self.stick)
        shutil.copytree(copy, self.stick)

    async def everything(self, *devices: Device) -> dict[str, list[str]]:
        """Return all that the centre and devices remember, row by row; they are stopped and started for it."""
        await self.host.stop()
        found = {"centre": contents(self.host.folder / "central.db")}
        await self.host.start()
        for device in devices:
            await device.stop()
            for database in sorted(device.state.glob("journal*.db")):
                found[f"{device.folder.name} {database.name}"] = contents(database)
            await device.start()
        return found


@asynccontextmanager
async def trip(folder: Path) -> AsyncIterator[Trip]:
    """Start a centre with an empty stick beside it."""
    host = CentreHost(folder / "centre")
    await host.start()
    (folder / "stick").mkdir()
    try:
        yield Trip(folder, host)
    finally:
        await host.stop()


@asynccontextmanager
async def one_device(folder: Path) -> AsyncIterator[tuple[Trip, Device]]:
    """Start a centre and one device."""
    async with trip(folder) as going:
        device = await going.device("BUS-1")
        try:
            yield going, device
        finally:
            await device.stop()
