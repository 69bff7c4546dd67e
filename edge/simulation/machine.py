"""One terminal's machine: disk, clock, PSAM, pitch and line, and the real processes that run on it.

The terminal and its sync run as in the field, joined by the product's own wiring; what systemd would do (start again)
is done here. A power cut ends both.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from drivers.virtual.psam import Psam
from edge.clock import DRIFT_PPM, TRAVEL_MS, SystemClock
from edge.code_key_file import key_text
from edge.config import TerminalConfig, load_config
from edge.domain.errors import OneCardError, Recovery
from edge.ports import Clock, CodeReader, IdSource, Reader, Values
from edge.simulation.byte_media import ISSUER_ID, root_key
from edge.simulation.clock import SimulatedClock
from edge.simulation.disk import Disk
from edge.simulation.driver import DriverKeypad
from edge.simulation.ids import SeededIds
from edge.simulation.life import Boundary
from edge.simulation.loop import simulation_loop
from edge.simulation.network import Line
from edge.simulation.payers import CodeWindow
from edge.simulation.pitch import Pitch
from edge.simulation.process import SimulatedProcess
from edge.simulation.sealed import SimulatedIdentity
from edge.simulation.terminal_readers import byte_reader, direct_reader, scanner_link
from edge.simulation.town import HOME_CITY, OPERATOR, START_MS
from edge.terminal.service import TerminalService
from edge.wiring_cards import served_applications
from edge.wiring_codes import code_stand
from edge.wiring_terminal import Outside, open_terminal
from sync.centre_link import CentreLink
from sync.downlink import Downlink
from sync.enrolment import enrol_online
from sync.enrolment_files import load_enrolment, read_centre_key
from sync.process import SyncProcess, SyncSettings
from sync.uplink import Pace, Uplink

if TYPE_CHECKING:
    from edge.simulation.town import Town

REBOOT_S: Final = (8.0, 25.0)
START_AGAIN_S: Final = 2.0
CLOCK_MS: Final = 30_000
HALTED_S: Final = 60.0
ENROL_AGAIN_S: Final = 30.0
WAL_BYTES: Final = 65_536
ENTRIES_KEPT: Final = 60
CONFIG: Final = """profile = "bus-validator-virtual"
[place]
city = "{city}"
operator = "{operator}"
line = "{line}"
[journal]
floor_bytes = 0
reserve_bytes = 0
wal_bytes = {wal_bytes}
warn_percent = 99
retention_days = {retention_days}
retention_entries = {kept}
"""
OTHER_MEDIA: Final = """[cards]
applications = ["epurse", "bankcard"]
[scanner]
protocol = "zebra_ssi"
path = "scanner"
setup = ["E900", "C600FFEE01"]
[codes]
schemes = ["jtt1179"]
keys = "codes.toml"
issuers = ["{issuer}"]
home_issuers = ["{issuer}"]
"""
"""What a terminal by bytes has beside: bank cards on its reader, a QR engine on a line of its own."""


class Machine:
    """A terminal called ``name``. ``label`` tells it from a twin of the same name; ``by_bytes`` chooses its reader."""

    def __init__(self, town: Town, label: str, name: str, psam_number: bytes, *, by_bytes: bool) -> None:
        self.town = town
        self.label = label
        self.name = name
        self.by_bytes = by_bytes
        self.disk = Disk(town.folder / label)
        self.clock = SimulatedClock(simulation_loop().time, START_MS)
        self.pitch = Pitch(Psam(psam_number))
        self.keypad = DriverKeypad()
        self.line = Line(label, town.centre.destination, town.faults)
        self.process = SimulatedProcess(label, self.disk)
        self.ids = SeededIds(town.stream(f"{label}/ids"))
        self.config = self._configured()
        self.service: TerminalService | None = None
        self.enrol_due = True
        self.in_use = True
        self.troubles: Counter[str] = Counter()
        self.disturbed_ms = 0
        self._serving: asyncio.Task[None] | None = None
        self._power = asyncio.Event()
        self._power.set()

    # -- what the world does to it -----------------------------------------------------------------------------------

    async def live(self) -> None:
        """Run, and start again after every end, for as long as the machine is in use."""
        while True:
            await self._power.wait()
            for injector in self.town.hooked("at_boot"):
                injector.at_boot(self)
            ending = await self.process.start(self._main, self._at_boundary, self._on_commit)
            self.service = None
            self._go_dark()
            if ending.error is not None and not isinstance(ending.error, asyncio.CancelledError):
                raise ending.error
            await asyncio.sleep(self._between(REBOOT_S))

    def switch_off(self) -> None:
        """Cut the power and leave it off."""
        self._power.clear()
        self.process.cut()

    def switch_on(self) -> None:
        """Give power again."""
        self._power.set()

    @property
    def powered(self) -> bool:
        """Say whether the machine has power."""
        return self._power.is_set()

    @property
    def clock_is_wrong(self) -> bool:
        """Say whether the clock is so wrong that the terminal cannot tell how old a torn tap is."""
        return abs(self.clock.error_ms()) > CLOCK_MS

    def terminate(self) -> None:
        """Ask the terminal's process to end, as SIGTERM does; it is started again."""
        if self._serving is not None:
            self._serving.cancel()

    def install_psam(self, number: bytes) -> None:
        """Put another PSAM in."""
        self.pitch.psam = Psam(number)

    # -- the processes -----------------------------------------------------------------------------------------------

    async def _main(self) -> None:
        if self.enrol_due:
            await self._enrol()
            self.enrol_due = False
        async with asyncio.TaskGroup() as processes:
            processes.create_task(self._run_terminal())
            processes.create_task(self._run_sync())

    async def _run_terminal(self) -> None:
        while True:
            self._serving = asyncio.get_running_loop().create_task(self._serve())
            await asyncio.wait((self._serving,))
            self.service = None
            self._go_dark()
            error = None if self._serving.cancelled() else self._serving.exception()
            await asyncio.sleep(START_AGAIN_S if error is None else self._pause_after(error))

    async def _serve(self) -> None:
        enrolment = load_enrolment(self.config.paths.state, self.config.paths.credentials)
        async with AsyncExitStack() as stack:
            self.service = await open_terminal(self.config, enrolment, self._outside(), stack)
            self.town.auditor.may_repeat(self.label, clock_wrong=self.clock_is_wrong)
            await self.service.run()

    def _go_dark(self) -> None:
        self.pitch.lose_power()
        self.keypad.lose_power()

    def _pause_after(self, error: BaseException) -> float:
        """Note what ended the terminal; a store in doubt is opened again at once, what halts it waits longer."""
        codes = list(_coded(error))
        if not codes:
            raise error
        for coded in codes:
            self.troubles[coded.code] += 1
            self.town.note(self.label, f"the terminal ended: {coded}")
        return START_AGAIN_S if codes[0].recovery is Recovery.RESTART else HALTED_S

    async def _run_sync(self) -> None:
        state, stream = self.config.paths.state, self.town.stream(f"{self.label}/jitter")
        centre_key = read_centre_key(state)
        clock = self._clock(0)

        def report(error: OneCardError) -> None:
            process.report(error)

        uplink = Uplink(self.line, centre_key, Pace(), lambda ceiling_s: stream.uniform(0, ceiling_s), report)
        downlink = Downlink(self.line, centre_key, state)
        settings = SyncSettings(interval_s=self.town.plan.idle_s, probe_s=4 * self.town.plan.idle_s)
        while True:
            process = SyncProcess(self.config.paths.socket("sync"), state, uplink, downlink, settings, clock)
            try:
                await process.run()
            except OneCardError as error:
                self.troubles[error.code] += 1
                self.town.note(self.label, f"sync ended: {error}")
                if error.recovery is Recovery.RESTART:
                    self.terminate()  # the next idle second would find out; seconds are long here
            await asyncio.sleep(START_AGAIN_S)

    async def _enrol(self) -> None:
        paths = self.config.paths
        while True:
            token = await self.town.centre.ask(lambda centre: centre.new_token(self.name))
            try:
                link = cast("CentreLink", self.line)
                grant = await enrol_online(link, token, paths.state, paths.credentials, self.ids.random_bytes)
            except OneCardError as error:
                self.troubles[error.code] += 1
                await asyncio.sleep(ENROL_AGAIN_S)
            else:
                self.town.note(self.label, f"enrolled in epoch {grant.epoch}")
                self.town.auditor.enrolled(self.label, grant.terminal, grant.epoch, self.town.now_ms())
                return

    # -- what the machine gives to the terminal ----------------------------------------------------------------------

    def _outside(self) -> Outside:
        idle_ms = int(self.town.plan.idle_s * 1000)
        own = (self._clock, self.ids, SimulatedIdentity, self._reader, idle_ms)
        return Outside(*own, codes=self._codes, keypad=lambda _config: self.keypad)

    def _clock(self, floor_ms: int, *, drift_ppm: int = DRIFT_PPM, travel_ms: int = TRAVEL_MS) -> SystemClock:
        own = self.clock
        return SystemClock(
            floor_ms, drift_ppm=drift_ppm, travel_ms=travel_ms, system_ms=own.wall_ms, monotonic_ms=own.monotonic_ms
        )

    def _reader(self, config: TerminalConfig, ids: IdSource, clock: Clock, values: Values) -> Reader:
        if self.by_bytes:
            return byte_reader(self.pitch, served_applications(config, ids, clock, values), ids)
        return direct_reader(self.pitch, HOME_CITY)

    def _codes(self, config: TerminalConfig, values: Values) -> CodeReader | None:
        if not self.by_bytes:
            return CodeWindow(self.pitch)
        link = scanner_link(self.pitch, config.scanner.protocol)
        return code_stand(config.scanner, config.codes, values, lambda _settings: link)

    def _at_boundary(self, boundary: Boundary) -> None:
        for injector in self.town.hooked("at_boundary"):
            injector.at_boundary(self, boundary)

    def _on_commit(self, connection: sqlite3.Connection, path: Path) -> None:
        self.town.watch.journal_committed(self, connection, path)

    def _configured(self) -> TerminalConfig:
        file = self.disk.path / "terminal.toml"
        plan = self.town.plan
        text = CONFIG.format(
            city=HOME_CITY,
            operator=OPERATOR,
            line=self.name.rpartition("-")[2],
            wal_bytes=WAL_BYTES,
            retention_days=plan.retention_days,
            kept=ENTRIES_KEPT,
        )
        if self.by_bytes:
            text += OTHER_MEDIA.format(issuer=ISSUER_ID)
            (self.disk.path / "codes.toml").write_text(key_text([root_key()]), "utf-8")
        file.write_text(text, "utf-8")
        return load_config(file)

    def _between(self, bounds_s: tuple[float, float]) -> float:
        return self.town.stream(f"{self.label}/machine").uniform(*bounds_s)


def _coded(error: BaseException) -> Iterator[OneCardError]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _coded(each)
    elif isinstance(error, OneCardError):
        yield error
    else:
        raise error
