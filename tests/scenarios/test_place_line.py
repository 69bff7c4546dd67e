"""A bus that is told where it is: every move an entry, every tap where it was made, and no tap that waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from drivers.links.memory import MemoryLine
from drivers.place.announcer import Announcer
from drivers.place.sentences import SentenceCodec
from drivers.virtual.announcer import VirtualAnnouncer
from drivers.virtual.purse import PurseCard
from edge.domain.duty import duty_of
from edge.domain.entry import Entry, Intent, Kind, Remark
from edge.terminal.place_line import PlaceLine
from tests.scenarios.tap_bench import Bench, play, write_fare


@dataclass(slots=True)
class Bus:
    """A terminal with an announcer on a line in memory."""

    bench: Bench
    device: VirtualAnnouncer
    wire: MemoryLine
    place: PlaceLine
    card: PurseCard = field(default_factory=PurseCard)

    async def hears(self, address: str, *values: str) -> None:
        """Let the announcer say something, and wait until it is written down."""
        before = len(await self.shifts())
        self.device.say(address, *values)
        async with asyncio.timeout(30):
            while len(await self.shifts()) == before:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.01)

    async def shifts(self) -> list[Entry]:
        return [entry for entry in await self.bench.entries() if entry.kind is Kind.SHIFT]

    async def ride(self) -> tuple[str, str, str, str]:
        """Ride, and return where the entry says that it was."""
        assert (await self.bench.ride(self.card)).accepted
        place = [entry.body for entry in await self.bench.entries() if isinstance(entry.body, Intent)][-1].place
        return place.line, place.direction, place.station, place.vehicle


@asynccontextmanager
async def on_board(bench: Bench, lines: tuple[str, ...] = ("K5", "21")) -> AsyncIterator[Bus]:
    device = VirtualAnnouncer()
    wire = MemoryLine("announcer", device)
    source = Announcer(wire.link(), SentenceCodec())
    place = PlaceLine(source, bench.supervisor.line, lines, bench.supervisor.between_taps, bench.service.report)
    await place.start(bench.journal)
    serving = asyncio.create_task(place.serve())
    await asyncio.sleep(0.1)
    try:
        yield Bus(bench, device, wire, place)
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        await source.close()


def on_bus(folder: Path, scene: Callable[[Bus], Awaitable[None]]) -> None:
    write_fare(folder)

    async def whole() -> None:
        async with Bench(folder, editions=folder / "editions") as bench, on_board(bench) as bus:
            await scene(bus)
            assert await bench.journal.verify() == []

    play(whole())


def test_taps_are_where_the_announcer_says(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears("PBUSN", "1042", "B17", "K5", "up")
        await bus.hears("PBUSS", "03")
        assert await bus.ride() == ("K5", "up", "03", "B17")
        await bus.hears("PBUSF")
        assert await bus.ride() == ("", "", "", "")
        subjects = [entry.body.subject for entry in await bus.shifts() if isinstance(entry.body, Remark)]
        assert subjects == ["duty.signed_on", "duty.stop", "duty.signed_off"]

    on_bus(tmp_path, scene)


def test_an_unknown_line_rides_at_the_default_and_is_flagged(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears("PBUSN", "1042", "B17", "99", "up")
        assert await bus.ride() == ("", "", "", "B17")
        (entry,) = await bus.shifts()
        assert isinstance(entry.body, Remark)
        assert ("line", "99") in entry.body.pairs
        assert ("line_unknown", "default_fare") in entry.body.pairs

    on_bus(tmp_path, scene)


def test_the_same_stop_again_is_not_written_again(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears("PBUSS", "03")
        bus.device.say("PBUSS", "03")
        await bus.hears("PBUSS", "04")
        assert len(await bus.shifts()) == 2

    on_bus(tmp_path, scene)


def test_taps_go_on_while_the_announcer_is_gone(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears("PBUSN", "1042", "B17", "K5", "up")
        bus.wire.unplug()
        assert await bus.ride() == ("K5", "up", "", "B17")
        assert bus.bench.service.faults["LINK_LOST"] == 1
        bus.wire.plug()
        await asyncio.sleep(10)
        await bus.hears("PBUSS", "05")

    on_bus(tmp_path, scene)


def test_a_restart_signs_nobody_off(tmp_path: Path) -> None:
    async def scene(bus: Bus) -> None:
        await bus.hears("PBUSN", "1042", "B17", "K5", "up")
        await bus.ride()
        await bus.bench.restart()
        async with on_board(bus.bench) as again:
            again.card = bus.card
            assert again.place.duty == duty_of((await bus.shifts())[0])
            assert await again.ride() == ("K5", "up", "", "B17")

    on_bus(tmp_path, scene)
