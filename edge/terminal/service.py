"""The terminal as a whole: the tap line, its idle work, and what it tells people and the sync process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, field
from typing import TYPE_CHECKING, Final

from edge import __version__
from edge.control.messages import SYNC, Message
from edge.control.status import LastTapStatus, Status
from edge.domain.entry import NO_TAP, Draft, Kind, Remark
from edge.domain.errors import OneCardError, PolicyError
from edge.domain.exchange import Ack, SignedTime
from edge.domain.frozen import mutable
from edge.ports import EditionKeeper, JournalKeeper
from edge.telemetry import log
from edge.terminal.code_line import CodeLine
from edge.terminal.editions import PROBATION_MS, EditionWatch
from edge.terminal.events import Broadcast
from edge.terminal.housekeeping import Housekeeping
from edge.terminal.outcome import Outcome
from edge.terminal.reading import told_of
from edge.terminal.reporting import Beside, slot_status, status_of, stop_of, versions_and_ages
from edge.terminal.spare import SpareWatch
from edge.terminal.streams import EpochStream
from edge.terminal.supervisor import Supervisor
from edge.terminal.timekeeping import Timekeeping
from edge.terminal.vehicle import Vehicle

if TYPE_CHECKING:
    from edge.terminal.display_line import DisplayLine
    from edge.terminal.till.desk import TillDesk
    from edge.terminal.till.offers import Offers
    from edge.terminal.till.receipts import ReceiptPrinter
    from edge.terminal.voice_line import VoiceLine

LOG: Final = logging.getLogger("onecard.terminal")
IDLE_MS: Final = 1_000


@mutable
class TerminalService:
    """Holds the supervisor and the journals; every method runs between taps or beside them, never inside one.

    ``older`` are journals of earlier epochs that still exist, ``keeper`` keeps the reference data. ``learn_time`` takes
    a signed server time. ``idle_ms`` is the pause between two pieces of idle work, ``probation_ms`` how long a new
    edition is watched. From an age of ``spare_age_ms`` on the lists do not suffice (0: whatever their age); ``used``:
    this terminal has accepted something before. ``printer`` prints a till's receipts,
    ``beside`` is what else serves beside the taps, by name, and ``shown`` the last answer.
    """

    supervisor: Supervisor
    journal: JournalKeeper
    older: list[EpochStream]
    broadcast: Broadcast
    keeper: EditionKeeper
    learn_time: Callable[[int], None]
    idle_ms: int = IDLE_MS
    probation_ms: int = PROBATION_MS
    faults: dict[str, int] = field(default_factory=dict)
    last_tap: LastTapStatus | None = None
    codes: CodeLine | None = None
    spare_age_ms: int = 0
    used: bool = True
    printer: ReceiptPrinter | None = None
    vehicle: Vehicle | None = None
    display: DisplayLine | None = None
    voice: VoiceLine | None = None
    beside: dict[str, Beside] = field(default_factory=dict)
    shown: Message | None = None
    editions: EditionWatch = field(init=False)
    time: Timekeeping = field(init=False)
    spare: SpareWatch = field(init=False)
    house: Housekeeping = field(init=False)
    till: TillDesk | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Listen to the supervisor."""
        self.supervisor.report = self.report
        self.supervisor.on_outcome = self.note_outcome
        supervisor = self.supervisor
        self.editions = EditionWatch(
            self.keeper,
            supervisor.line.clock,
            supervisor.between_taps,
            self._record,
            self.refresh,
            self.report,
            self.probation_ms,
        )
        self.house = Housekeeping(supervisor.line.clock, self.journal, self.older, self.report)
        self.time = Timekeeping(supervisor.line.clock, self.learn_time, self.journal)
        self.spare = SpareWatch(
            supervisor.line.clock, self._record, self.report, self._kick, self.spare_age_ms, self.used
        )
        if (offers := supervisor.line.offers) is not None:
            self.till = self._till(offers)
        self.supervisor.on_left = lambda: self.broadcast.publish("card_left")

    def _till(self, offers: Offers) -> TillDesk:
        from edge.terminal.till.desk import TillDesk  # noqa: PLC0415 - a terminal that is no till loads none of it
        from edge.terminal.till.shifts import Shifts  # noqa: PLC0415 - as above

        shifts = Shifts(self.supervisor.line, self.journals)
        till = TillDesk(offers, shifts, self.supervisor, self.broadcast, self.whole_status)
        if self.printer is not None:
            till.print_receipts(self.printer, self.report)
        return till

    async def run(self) -> None:
        """Serve taps and do idle work until cancelled; raises the coded error that ends the service."""
        self.spare.first = self.editions.number()
        await self.refresh()
        if self.till is not None:
            await self.till.shifts.start()
        if self.vehicle is not None:
            await self.vehicle.book.start(self.journal)
        newest = await self.journal.entry(self.journal.position().last)
        await self.editions.begin(0 if newest is None else newest.edition)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.supervisor.serve(), name="taps")
            group.create_task(self._idle(), name="idle")
            for name, part in self._beside().items():
                group.create_task(part.serve(), name=name)

    def _beside(self) -> Mapping[str, Beside]:
        """Return what serves beside the taps, of all that a terminal may have."""
        receipts = None if self.till is None else self.till.receipts
        shown = {"display": self.display, "voice": self.voice, "receipts": receipts}
        parts = {"codes": self.codes, **self.beside, **shown}
        return {name: part for name, part in parts.items() if part is not None}

    async def _idle(self) -> None:
        await self.editions.take_staged()
        while True:
            await asyncio.sleep(self.idle_ms / 1000)
            async with self.supervisor.between_taps:
                await self.house.keep()
                await self.time.keep()
                await self.refresh()
            await self.editions.idle()

    async def refresh(self) -> None:
        """Decide whether the terminal may sell at all, and tell the tap line."""
        service = self.supervisor.line.service
        if self.journal.position().fence:
            service.fence()
        try:
            self.supervisor.line.reference.policy()
        except PolicyError:
            service.stop = "policy_missing"
            return
        self.time.confirm(self.editions.number())
        service.confirmed_ms = self.time.confirmed_ms
        full = (await self.journal.space()).stop
        halted = "continuity_lost" if service.fenced else "store_full" if full else ""
        service.stop = halted or await self.spare.stop(self.keeper.artifacts()[0], self.time.confirmed_ms)

    def journals(self) -> list[JournalKeeper]:
        """Return the journals, oldest epoch first, the current one last."""
        return [*(stream.feed for stream in self.older), self.journal]

    def streams(self) -> list[EpochStream]:
        """Return the journals, oldest epoch first, the current one last.

        Those that are drained are there as well: a centre restored from a backup may ask for them again.
        """
        return [*self.older, EpochStream(self.journal.position().epoch, self.journal)]

    async def _record(self, subject: str, pairs: tuple[tuple[str, str], ...]) -> None:
        """Write an entry of kind config, under the edition that is in force from now on."""
        clock, edition = self.supervisor.line.clock, self.editions.number()
        remark = Remark(subject, pairs)
        await self.journal.append(Draft(Kind.CONFIG, clock.wall_ms(), clock.quality(), edition, NO_TAP, 0, remark))

    async def acked(self, ack: Ack, *, carried: bool = False) -> None:
        """Hear of an ack: it brings signed time, proves that the centre was reached, and may refuse the journal.

        One that was ``carried`` proves less: its time has passed, and nobody knows when; the centre may be out of
        reach.
        """
        self.time.hear(ack, carried=carried)
        self._fed(reached=not carried)

    async def told_time(self, told: SignedTime) -> None:
        """Hear the signed time that was asked for; it proves that the centre was reached just now."""
        self.time.be_told(told)
        self._fed(reached=True)

    def _fed(self, *, reached: bool) -> None:
        """Have heard of the centre, and perhaps reached it: a journal in doubt, or refused, is then fenced."""
        self.spare.fed = True
        service = self.supervisor.line.service
        if (reached and service.continuity == "lost") or self.journal.position().fence:
            service.fence()

    def report(self, error: OneCardError) -> None:
        """Count and log a coded error and tell the listeners."""
        log(LOG, logging.WARNING, "fault", code=error.code, message=str(error.args[0]))
        self.faults[error.code] = self.faults.get(error.code, 0) + 1
        self.broadcast.publish("fault", code=error.code, message=str(error.args[0]), hint=error.hint)

    def note_outcome(self, outcome: Outcome) -> None:
        """Remember and publish the outcome of a tap."""
        now_ms = self.supervisor.line.clock.wall_ms()
        self.editions.hear(outcome)
        if self.till is not None:
            self.till.hear(outcome)
        if self.vehicle is not None:
            self.vehicle.hear(outcome)
        if outcome.tap_id:
            kind = "accepted" if outcome.accepted else outcome.signal.prompt
            self.last_tap = LastTapStatus(outcome.tap_id.hex(), kind, self.journal.position().last, now_ms)
        self.shown = {"accepted": outcome.accepted, "time_ms": now_ms, **asdict(outcome.signal)}
        self.broadcast.publish("tap", tap=outcome.tap_id.hex(), **self.shown)
        if outcome.accepted:
            self.spare.used = True
            self._kick()

    def _kick(self) -> None:
        """Ask the sync process to send what waits."""
        self.broadcast.publish("sync.kick")

    def hello(self) -> Message:
        """Return who this terminal is and which journals it holds."""
        return {
            "terminal": self.supervisor.line.terminal,
            "epoch": self.journal.position().epoch,
            "version": __version__,
            "edition": 0 if self.editions.damaged else self.editions.number(),
            "streams": [stream.position() for stream in self.streams()],
            "lists": versions_and_ages(self.keeper, self.supervisor.line.clock.wall_ms()),
            "stop": stop_of(self.supervisor),
            "faults": dict(self.faults),
        }

    async def whole_status(self) -> Status:
        """Return the state of the whole terminal as its parts say it."""
        ports = [part.port for part in self._beside().values()]
        return await status_of(self.supervisor, self.journal, self.journals()[:-1], self.last_tap, ports)

    async def status(self) -> Message:
        """Return the state of the whole terminal, stable keys, no numbers of cards."""
        status = await self.whole_status()
        return {
            **status.message(),
            "faults": dict(self.faults),
            "slots": asdict(slot_status(self.keeper, damaged=self.editions.damaged)),
            "lacks": self.spare.status(),
            "sync_listens": self.broadcast.heard_by(SYNC),
        }

    async def read_card(self, timeout_ms: int) -> Message:
        """Read the next card for a technician; the number is masked."""
        return told_of(await self.supervisor.read_card(timeout_ms))
