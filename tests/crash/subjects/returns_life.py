"""A terminal whose every other edition fails: it takes one, returns to the one before, and its journal tells of both.

``begin`` and ``done`` of ``stand`` say how the two slots shall stand and how they do; those of ``append`` an entry.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.clock import SystemClock
from edge.crypto.signing import make_folder
from edge.domain.entry import NO_TAP, Body, Draft, Entry, Kind, Remark
from edge.domain.errors import OneCardError
from edge.domain.slots import STARTS_MAX, Slots
from edge.domain.tap import TimeQuality
from edge.store.journal import SqliteJournal
from edge.store.reference import FileReference
from edge.terminal.editions import UNPRICED_MAX, EditionWatch
from sync.downlink import Downlink
from sync.wire import encode_entry
from tests.crash.lab.subject import Marks
from tests.crash.subjects.in_force import number_of
from tests.crash.subjects.shelf import shelf
from tests.store import drafts
from tests.store.editions import CENTRE
from tests.store.journals import opened

ALLOWED: Final = 1
"""Every edition forbids all but itself and the one before, as the centre publishes them."""
NEWEST: Final = 17
WAYS: Final = ("policy", "technician", "restarts", "")
"""Why the terminal returns, in turn; for damaged files there is no word, and the edition may come again."""


def stand_of(slots: Slots) -> list[object]:
    """Return what is promised of the slots, as JSON has it: all but the number of starts."""
    refused = [[refused.number, refused.reason] for refused in slots.refused]
    return [slots.in_force, slots.previous, slots.proven, refused]


@dataclass(slots=True)
class Terminal:
    """A terminal's reference data, the watch over it, and its journal."""

    state: Path
    marks: Marks
    reference: FileReference
    journal: SqliteJournal
    watch: EditionWatch

    def slots(self) -> Slots:
        """Return how the two slots stand."""
        return self.reference.slots()

    async def tap(self) -> Entry:
        """Write what a tap writes under the edition in force."""
        return await append(self.marks, self.reference, self.journal, Kind.DECLINED, drafts.declined(1).body)

    async def take(self, edition: int) -> None:
        """Fetch an edition and put it into force."""
        downlink = Downlink(shelf(edition, ALLOWED), CENTRE.public, self.state)
        staged = await downlink.stage(number_of(self.reference))
        if staged is not None:
            downlink.taken(await self.watch.install(self.state / "editions" / str(staged)))

    async def give_up(self, reason: str) -> None:
        """Return to the edition before, as it comes about for this reason."""
        if reason == "policy":
            self.watch.unpriced = UNPRICED_MAX
            await self.watch.idle()
        else:
            await self.watch.go_back(reason)

    async def prove(self) -> None:
        """Let the probation pass."""
        self.watch.proven_due_ms = 0.0
        await self.watch.idle()


async def append(marks: Marks, reference: FileReference, journal: SqliteJournal, kind: Kind, body: Body) -> Entry:
    """Write an entry under the edition in force, between two marks."""
    marks.begin("append", seq=journal.last_seq + 1)
    draft = Draft(kind, drafts.START_MS, TimeQuality.TRUSTED, number_of(reference), NO_TAP, 0, body)
    entry = await journal.append(draft)
    marks.done("append", seq=entry.seq, sha256=hashlib.sha256(encode_entry(entry)).hexdigest())
    return entry


@asynccontextmanager
async def serving(state: Path, marks: Marks) -> AsyncIterator[Terminal]:
    """Start a terminal; its end is never a calm one, so that a start on probation stays counted."""
    reference = FileReference(state / "editions", CENTRE.public)
    for fault in reference.start(serves=True):
        raise fault
    journal = await opened(state / "journal.db")

    async def record(subject: str, pairs: tuple[tuple[str, str], ...]) -> None:
        await append(marks, reference, journal, Kind.CONFIG, Remark(subject, pairs))

    async def refreshed() -> None:
        """Stand for a service that asks what is in force whenever it needs it."""

    def reported(error: OneCardError) -> None:
        raise error

    try:
        watch = EditionWatch(reference, SystemClock(), asyncio.Lock(), record, refreshed, reported)
        newest = await journal.entry(journal.last_seq)
        await watch.begin(0 if newest is None else newest.edition)
        yield Terminal(state, marks, reference, journal, watch)
    finally:
        await journal.close()
        reference.close()


def live(folder: Path, marks: Marks) -> None:
    """Take one edition after the other; those with an even number fail, in one way after the other."""
    make_folder(folder / "state")
    asyncio.run(_live(folder / "state", marks))


async def _live(state: Path, marks: Marks) -> None:
    for edition in range(1, NEWEST + 1):
        reason = WAYS[edition // 2 % len(WAYS)]
        async with serving(state, marks) as terminal:
            await _stand(terminal, terminal.slots().taken(edition), terminal.take(edition))
            if edition % 2:
                await _stand(terminal, terminal.slots().passed(), terminal.prove())
            elif reason != "restarts":
                await _stand(terminal, terminal.slots().returned(reason), terminal.give_up(reason))
        if not edition % 2 and reason == "restarts":
            await _restart(state, marks, terminal.slots().returned(reason))


async def _restart(state: Path, marks: Marks, after: Slots) -> None:
    """Start the terminal until that has become the edition's fault."""
    marks.begin("stand", slots=stand_of(after))
    for _ in range(STARTS_MAX):
        async with serving(state, marks) as terminal:
            await terminal.tap()
    async with serving(state, marks) as terminal:
        marks.done("stand", slots=stand_of(terminal.slots()))
        await terminal.tap()


async def _stand(terminal: Terminal, after: Slots, change: Awaitable[None]) -> None:
    """Change the slots between two marks, then take a tap."""
    terminal.marks.begin("stand", slots=stand_of(after))
    await change
    terminal.marks.done("stand", slots=stand_of(terminal.slots()))
    await terminal.tap()
