"""A terminal on paper with the real clock over hands that a test moves: real journal, real editions, real decisions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from edge.clock import BUILD_MS, SystemClock
from edge.domain.decision import Line
from edge.domain.entry import DeclinedTap, Entry, Intent
from edge.domain.exchange import Ack
from edge.domain.limits import Limits
from edge.domain.tap import TimeQuality
from edge.store.journal import SqliteJournal
from edge.terminal.timekeeping import Timekeeping, passed_ms
from sync.artifact import new_header, seal_artifact
from sync.tariff_wire import encode_tariff
from sync.wire import encode
from tests.scenarios.line_tariffs import Tree, flat
from tests.store.editions import CENTRE, deny, write_edition
from tests.store.journals import opened
from tests.tariff.paper_line import PaperClock, PaperLine, purse

START_MS: Final = BUILD_MS + 30 * 86_400_000
DAY_S: Final = 86_400
BEFORE_MS: Final = 1_000
EDITION_KINDS: Final = ("tariff", "deny_list", "limits")


@dataclass
class HandClock(PaperClock):
    """The product's clock; true time is ``now_ms``, and the wall clock is ``ahead_ms`` ahead of it."""

    now_ms: int = START_MS
    ahead_ms: int = 0
    inner: SystemClock = field(init=False)

    def __post_init__(self) -> None:
        self.begin(0)

    def begin(self, floor_ms: int) -> None:
        """Start the process anew: what is not in the journal is forgotten."""
        self.inner = SystemClock(
            floor_ms, system_ms=lambda: self.now_ms + self.ahead_ms, monotonic_ms=lambda: float(self.now_ms)
        )

    def wall_ms(self) -> int:
        return self.inner.wall_ms()

    def quality(self) -> TimeQuality:
        return self.inner.quality()

    def error_s(self) -> int:
        return self.inner.error_s()

    def known_ms(self) -> int:
        return self.inner.known_ms()


@dataclass
class AgeingLine:
    """The terminal, its clock, and what it keeps of time."""

    state: Path
    clock: HandClock
    paper: PaperLine
    time: Timekeeping

    def hear_centre(self, edition: int = 1) -> None:
        """Hear an ack that was just signed and offers an edition."""
        offers = (("edition", edition),)
        now_ms = self.clock.now_ms
        self.time.hear(Ack("bus-7", 4, 1, 1, b"", 1, 0, 1, (), now_ms, offers), carried=False)
        self.refresh()

    def refresh(self) -> None:
        """Do what the service does when it is idle."""
        artifacts = self.paper.reference.artifacts()
        self.time.confirm(artifacts[0].version if artifacts else 0)
        self.paper.line.service.confirmed_ms = self.time.confirmed_ms

    def install(self, limits: Limits, number: int = 1, tariff: Tree | None = None) -> None:
        """Put an edition into force that was published just now."""
        bodies = (encode_tariff([tariff or flat(fare_fen=100)]), b"", encode(limits))
        files = [
            (kind, number, self.artifact(kind, number, body)) for kind, body in zip(EDITION_KINDS, bodies, strict=True)
        ]
        files[1] = ("deny_list", number, deny(number)) if not bodies[1] else files[1]
        self.paper.reference.install(write_edition(self.state, number, files))

    def artifact(self, kind: str, number: int, body: bytes) -> bytes:
        """Return an artifact signed a moment before now."""
        header = new_header(kind, f"city-{kind}", number, body, not_before_ms=self.clock.now_ms - BEFORE_MS)
        return seal_artifact(CENTRE, header, body)

    async def ride(self, number: int = 1, **facts: object) -> Entry:
        """Let somebody tap now; returns the entry of the decision."""
        return await self.paper.tap(purse(number, **{"valid_until": "20991231", **facts}), after_s=0)


@asynccontextmanager
async def ageing_line(folder: Path, clock: HandClock | None = None) -> AsyncIterator[AgeingLine]:
    """Start the terminal over what the folder holds, and stop it."""
    clock = clock or HandClock()
    journal: SqliteJournal = await opened(folder / "journal.db")
    try:
        clock.begin(await passed_ms([journal]))
        paper = PaperLine(folder, journal, clock)
        line = AgeingLine(folder, clock, paper, Timekeeping(clock, clock.inner.learn, journal))
        paper.reference.start()
        line.refresh()
        yield line
        paper.reference.close()
    finally:
        await journal.close()


def told(entry: Entry, rule: str) -> Line:
    """Return what an entry's explanation says under a rule."""
    assert isinstance(entry.body, Intent | DeclinedTap)
    return next(line for line in entry.body.explanation if line.rule == rule)


def ending(entry: Entry) -> str:
    """Return how a decision ended: accepted, or the reason."""
    return entry.body.reason if isinstance(entry.body, DeclinedTap) else "accepted"
