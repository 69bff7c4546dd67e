"""One terminal in this process on virtual time: the real tap line from a serial byte to an SQLite page.

Real: supervisor, tap line, journal, reference data, reader, codecs, conversations. Virtual: PN532, GemCore, PSAM and
cards, on lines in memory, and the clock.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self

from drivers.assembly import ReaderSetup, SamSetup, build_terminal_reader
from drivers.card_application import CardApplication
from drivers.cards.epurse import Application, PurseSettings
from drivers.channel import ChannelSettings
from drivers.links import Link
from drivers.links.memory import MemoryLine
from drivers.links.serial_port import SerialSettings
from drivers.sams.psam import PsamSettings
from drivers.virtual.card_time import CardTime
from drivers.virtual.field import ContactlessCard, Field
from drivers.virtual.gemcore import VirtualGemCore
from drivers.virtual.pn532 import VirtualPn532
from drivers.virtual.psam import Psam
from drivers.virtual.purse import PurseCard
from drivers.virtual.purse_files import Personalisation
from edge.crypto.identity import TerminalIdentity
from edge.crypto.sealing import ClearingKey, new_clearing_key
from edge.crypto.tokens import TokenKey
from edge.domain.debit import TripFacts
from edge.domain.entry import Entry
from edge.domain.errors import OneCardError
from edge.domain.tap import Place, TerminalId
from edge.domain.tariff.flat import flat_tree
from edge.ports import Signal
from edge.simulation.clock import SimulatedClock
from edge.simulation.ids import SeededIds
from edge.simulation.loop import SimulationLoop, simulation_loop
from edge.simulation.sqlite_in_loop import sqlite_in_loop
from edge.store.journal import SqliteJournal, open_journal
from edge.store.reference import FileReference
from edge.store.settings import JournalSettings
from edge.terminal.events import Broadcast
from edge.terminal.line import TapLine, TapRules
from edge.terminal.open_intents import close_open_intents
from edge.terminal.outcome import Outcome
from edge.terminal.service import TerminalService
from edge.terminal.supervisor import Supervisor
from sync.tariff_wire import encode_tariff
from sync.wire import decode_entry
from tests.scenarios.cutting_line import CuttingDevice
from tests.store.editions import CENTRE, artifact, deny, write_edition

FARE: Final = 200
TERMINAL: Final = "bus-7"
NOON_MS: Final = 1_780_286_400_000
"""2026-06-01 12:00 in Qingdao."""
WINDOW_S: Final = 120
SETTINGS: Final = JournalSettings(floor_bytes=0, reserve_bytes=0, wal_bytes=64 * 1024)
RULES: Final = TapRules(
    Place("bus", "4520", "qingdao-bus"), TripFacts(6, 2, bytes(7), "4520", b"\xff" * 8), torn_window_s=WINDOW_S
)
IDENTITY: Final = TerminalIdentity(TokenKey(1, b"\x07" * 32), ClearingKey(1, new_clearing_key()[1]))
GRANT_HASH: Final = hashlib.sha256(b"grant").digest()
PATIENCE_S: Final = 30.0
REMOVAL_S: Final = 0.6
"""Longer than a removal takes to be seen, shorter than the debounce."""
DEBOUNCED_S: Final = 2.0


def play(scene: Coroutine[Any, Any, None], seed: int = 1) -> None:
    """Run a scene to its end on virtual time, with SQLite inside the loop."""
    loop = SimulationLoop(seed)
    with sqlite_in_loop(loop):
        try:
            loop.run_until_complete(scene)
        finally:
            loop.close()
    assert loop.unhandled == []


def write_fare(state: Path, number: int = 1, denied: tuple[bytes, ...] = (), **fare: Any) -> Path:  # noqa: ANN401 - any field of the fare
    """Write an edition with one flat fare and a deny list; returns its folder."""
    flat = flat_tree(**{"name": "flat", "fare_fen": FARE, "foreign_fen": 2 * FARE, **fare})
    return write_tariff(state, [flat], number, denied)


def write_tariff(
    state: Path, versions: Sequence[Mapping[str, object]], number: int = 1, denied: tuple[bytes, ...] = ()
) -> Path:
    """Write an edition with the versions of one tariff, as plain trees, and a deny list; returns its folder."""
    tariff = artifact("tariff", number, encode_tariff(versions))
    return write_edition(state, number, [("tariff", number, tariff), ("deny_list", number, deny(number, denied))])


def another_card() -> PurseCard:
    """Return somebody else's card."""
    return PurseCard(personalisation=Personalisation(serial="3104930499900000025"), uid=bytes.fromhex("08D4E5F6"))


async def open_epoch(path: Path, epoch: int, heir_of: SqliteJournal | None = None) -> SqliteJournal:
    """Open a journal of the terminal."""
    return await open_journal(
        path, terminal=TERMINAL, epoch=epoch, grant_hash=GRANT_HASH, settings=SETTINGS, heir_of=heir_of
    )


class Bench:
    """The terminal and everything virtual around it. ``async with Bench(folder)`` starts and stops it.

    ``shown`` is every outcome that the passenger saw, ``lamps`` every signal of the screen, ``faults`` every coded
    error reported, ``steps`` every command that a card or the PSAM got.
    """

    def __init__(self, folder: Path, *, editions: Path | None = None, psam: Psam | None = None) -> None:
        self.folder = folder
        self.editions = editions or folder / "editions"
        self.steps: list[tuple[str, str]] = []
        self.shown: list[Outcome] = []
        self.lamps: list[Signal] = []
        self.faults: list[OneCardError] = []
        self.field = Field(card_time=CardTime(enabled=False), report=self._note)
        self.chip = VirtualPn532(self.field)
        self.cut = CuttingDevice(self.chip)
        self.psam = psam or Psam()
        self.sams = VirtualGemCore({1: self.psam}, card_time=CardTime(enabled=False), report=self._note)
        self.chip_line, self.sam_line = MemoryLine("reader", self.cut), MemoryLine("sam", self.sams)
        self.cut.hang_up = self.unplug_reader
        self.expected_psam = b""
        self.applications: tuple[CardApplication, ...] = (Application(PurseSettings(home_city="4520")),)
        self.epoch = 1
        self.older: tuple[SqliteJournal, ...] = ()
        self.journal: SqliteJournal
        self.reference: FileReference
        self.supervisor: Supervisor
        self.service: TerminalService
        self.clock: SimulatedClock
        self._answers: asyncio.Queue[Outcome] = asyncio.Queue()
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.clock = SimulatedClock(asyncio.get_running_loop().time, NOON_MS)
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Do what ``onecard run`` does, and wait until the reader is open."""
        newest = self.older[-1] if self.older else None
        self.journal = await open_epoch(self.folder / "journal.db", self.epoch, newest)
        self.reference = FileReference(self.editions, CENTRE.public)
        self.faults += self.reference.start()
        ids = SeededIds(simulation_loop().streams.stream("ids"))
        line = self.line_of(ids)
        await close_open_intents(line.clock, self.journal)
        self.supervisor = Supervisor(line, self._reader(ids), self)
        self.service = TerminalService(
            self.supervisor, self.journal, [], Broadcast({}), self.reference, lambda _server_ms: None
        )
        self.supervisor.on_outcome, self.supervisor.report = self._on_outcome, self._on_fault
        await self.service.refresh()
        self._serving = asyncio.create_task(self.supervisor.serve())
        await self.until(lambda: self.supervisor.reader_open)

    def line_of(self, ids: SeededIds) -> TapLine:
        """Return the tap line of this start."""
        return TapLine(
            TerminalId(TERMINAL), RULES, self.clock, ids, IDENTITY, self.journal, self.reference, older=self.older
        )

    async def stop(self) -> None:
        """End the terminal; raises what ended it before."""
        assert self._serving is not None
        self._serving.cancel()
        with suppress(asyncio.CancelledError):
            await self._serving
        await self.supervisor.reader.close()
        self.reference.close()
        await self.journal.close()

    async def restart(self) -> None:
        """End and start it again; the PSAM is reset on the way."""
        await self.stop()
        await self.start()

    @asynccontextmanager
    async def new_epoch(self) -> AsyncIterator[SqliteJournal]:
        """Go on in the next epoch, as an enrolment leaves it; gives the journal that was set aside, until the end."""
        await self.stop()
        aside = self.folder / f"journal-{self.epoch}.db"
        (self.folder / "journal.db").rename(aside)
        older = await open_epoch(aside, self.epoch)
        self.older, self.epoch = (*self.older, older), self.epoch + 1
        await self.start()
        try:
            yield older
        finally:
            await older.close()

    def show(self, signal: Signal) -> None:
        """Be the screen."""
        self.lamps.append(signal)

    async def tap(self, card: ContactlessCard) -> Outcome:
        """Hold a card to the reader and return what the passenger is shown."""
        self.field.present(card)
        return await self.answer()

    async def answer(self) -> Outcome:
        """Return the next outcome."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._answers.get()

    async def ride(self, card: ContactlessCard) -> Outcome:
        """Tap, take the card away, and let the debounce pass."""
        shown = await self.tap(card)
        await self.take_away()
        await asyncio.sleep(DEBOUNCED_S)
        return shown

    async def take_away(self) -> None:
        """Take every card out of the field, and give the terminal time to see it; less than the debounce.

        What was shown meanwhile and nobody asked for is in ``shown`` alone.
        """
        self.field.remove()
        await asyncio.sleep(REMOVAL_S)
        while not self._answers.empty():
            self._answers.get_nowait()

    async def pass_time(self, seconds: float) -> None:
        """Let wall time pass, and more than the debounce on the monotonic clock."""
        self.clock.jump(seconds * 1000)
        await asyncio.sleep(DEBOUNCED_S)

    def unplug_reader(self) -> None:
        """Pull the reader's plug; it is fed by it."""
        self.chip_line.unplug()
        self.chip.power_cycle()

    async def plug_reader(self) -> None:
        """Put the plug back and wait until the terminal has the reader again."""
        self.chip_line.plug()
        await self.until(lambda: self.supervisor.reader_open)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until ``holds`` says so, or until the service ended."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds() and not (self._serving and self._serving.done()):  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.01)

    async def entries(self) -> list[Entry]:
        """Return the whole journal."""
        return [decode_entry(packed) for packed in await self.journal.page(1, 10_000)]

    async def written(self) -> list[str]:
        """Return the kinds of all entries, in order, in lower case."""
        return [entry.kind.name.lower() for entry in await self.entries()]

    def _reader(self, ids: SeededIds) -> Any:  # noqa: ANN401 - a TerminalReader, which the port describes in part
        patience = ChannelSettings(open_patience_ms=0)
        lines = {"reader": self.chip_line, "sam": self.sam_line}

        def link(settings: SerialSettings) -> Link:
            return lines[settings.path].link()

        return build_terminal_reader(
            ReaderSetup("pn532", SerialSettings("reader"), channel=patience),
            SamSetup(
                "gemcore", SerialSettings("sam"), channel=patience, psam=PsamSettings(expected=self.expected_psam)
            ),
            self.applications,
            ids,
            link,
        )

    def _on_fault(self, error: OneCardError) -> None:
        self.faults.append(error)
        self.service.report(error)

    def _on_outcome(self, outcome: Outcome) -> None:
        self.shown.append(outcome)
        self.service.editions.hear(outcome)
        if self.service.vehicle is not None:
            self.service.vehicle.hear(outcome)
        self._answers.put_nowait(outcome)

    def _note(self, event: Any) -> None:  # noqa: ANN401 - an event's facts have any type
        if "step" in event:
            self.steps.append((str(event["step"]), str(event.get("phase", "sam"))))
