"""A bus: the terminal of the bench with an announcer and a driver's keys on one line in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from drivers.links.memory import MemoryLine
from drivers.place.announcer import Announcer
from drivers.place.sentences import SentenceCodec
from drivers.virtual.announcer import VirtualAnnouncer
from drivers.virtual.purse import PurseCard
from edge.domain.entry import Entry, Intent, Kind, Remark
from edge.terminal.boardings import Boardings
from edge.terminal.driver_desk import DriverDesk
from edge.terminal.duty_book import DutyBook
from edge.terminal.place_line import PlaceLine
from edge.terminal.vehicle import Vehicle
from tests.scenarios.tap_bench import Bench, play, write_fare, write_tariff

ARMED_MS = 10_000
WAIVE_S = 60


@dataclass(slots=True)
class Bus:
    """A terminal with an announcer on a line in memory."""

    bench: Bench
    device: VirtualAnnouncer
    wire: MemoryLine
    vehicle: Vehicle
    card: PurseCard = field(default_factory=PurseCard)

    async def hears(self, address: str, *values: str) -> None:
        """Let the announcer say something, and wait until it is written down."""
        before = len(await self.told())
        self.device.say(address, *values)
        async with asyncio.timeout(30):
            while len(await self.told()) == before:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.01)

    async def told(self) -> list[Entry]:
        """Return the entries that what was said has made."""
        return [entry for entry in await self.bench.entries() if entry.kind in (Kind.SHIFT, Kind.STAFF, Kind.REVERSED)]

    async def shifts(self) -> list[Entry]:
        return [entry for entry in await self.bench.entries() if entry.kind is Kind.SHIFT]

    async def remarks(self) -> list[str]:
        """Return what was said and pressed, as the journal words it."""
        return [entry.body.subject for entry in await self.told() if isinstance(entry.body, Remark)]

    async def ride(self) -> tuple[str, str, str, str]:
        """Ride, and return where the entry says that it was."""
        assert (await self.bench.ride(self.card)).accepted
        place = (await self.intents())[-1].place
        return place.line, place.direction, place.station, place.vehicle

    async def intents(self) -> list[Intent]:
        return [entry.body for entry in await self.bench.entries() if isinstance(entry.body, Intent)]

    def armed(self) -> Mapping[str, Any] | None:
        armed: Mapping[str, Any] | None = self.vehicle.message()["armed"]
        return armed


@asynccontextmanager
async def on_board(bench: Bench, lines: tuple[str, ...] = ("K5", "21")) -> AsyncIterator[Bus]:
    device = VirtualAnnouncer()
    wire = MemoryLine("announcer", device)
    source = Announcer(wire.link(), SentenceCodec())
    supervisor, broadcast = bench.supervisor, bench.service.broadcast
    boardings = Boardings(bench.clock, ARMED_MS)
    supervisor.line = replace(supervisor.line, boardings=boardings)
    book = DutyBook(supervisor.line, lines, supervisor.between_taps)
    desk = DriverDesk(boardings, book, bench.journal, broadcast, WAIVE_S * 1000)
    vehicle = bench.service.vehicle = Vehicle(book, broadcast, desk)
    await book.start(bench.journal)
    serving = asyncio.create_task(PlaceLine(source, vehicle.take, bench.service.report).serve())
    await asyncio.sleep(0.1)
    try:
        yield Bus(bench, device, wire, vehicle)
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        await source.close()


def on_bus(folder: Path, scene: Callable[[Bus], Awaitable[None]], *tariff: Mapping[str, object]) -> None:
    """Play a scene on a bus; ``tariff`` is a plain tree in place of the bench's flat fare."""
    if tariff:
        write_tariff(folder, tariff)
    else:
        write_fare(folder)

    async def whole() -> None:
        async with Bench(folder, editions=folder / "editions") as bench, on_board(bench) as bus:
            await scene(bus)
            assert await bench.journal.verify() == []

    play(whole())
