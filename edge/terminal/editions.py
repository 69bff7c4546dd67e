"""How a running terminal changes its reference data: between two taps, on probation, and back where it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import field
from pathlib import Path
from typing import Final, TypeVar

from edge.domain.errors import OneCardError, PolicyError, Recovery, StoreError
from edge.domain.frozen import mutable
from edge.ports import Clock, EditionKeeper, Steps
from edge.terminal.outcome import Outcome
from edge.terminal.timekeeping import trusted_ms

T = TypeVar("T")

PROBATION_MS: Final = 600_000
UNPRICED_MAX: Final = 3
"""Taps in a row that the reference data itself could not decide, none accepted between, before it is held unusable."""

RECHECK_STEPS: Final = 16
"""Steps of checking the files in force again in one turn of idle work."""

Record = Callable[[str, tuple[tuple[str, str], ...]], Awaitable[None]]
"""Writes an entry of kind config: its subject and its pairs."""


@mutable
class EditionWatch:
    """Puts editions into force and watches them.

    ``between_taps`` is held for each step, so that a tap never waits for more than one. ``refresh`` lets the service
    see what is in force; ``report`` hears what was wrong. A new edition is on probation for ``probation_ms`` of
    service.
    """

    keeper: EditionKeeper
    clock: Clock
    between_taps: asyncio.Lock
    record: Record
    refresh: Callable[[], Awaitable[None]]
    report: Callable[[OneCardError], None]
    probation_ms: int = PROBATION_MS
    damaged: bool = False
    unpriced: int = 0
    proven_due_ms: float = 0.0
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    unrecorded: list[tuple[str, tuple[tuple[str, str], ...]]] = field(default_factory=list)
    recheck: Steps[None] | None = None

    async def begin(self, journalled: int) -> None:
        """Begin to serve: ``journalled`` is the edition that the journal's newest entry names (0: it has none).

        A swap that a cut kept from the journal is told before the first tap: that would name the edition as well.
        """
        self.proven_due_ms = self.clock.monotonic_ms() + self.probation_ms
        self.recheck = self.keeper.rechecking()
        if journalled and journalled != self.number():
            self._note("edition.taken", journalled, self.keeper.slots().why_refused(journalled))
        await self._write_notes()

    def number(self) -> int:
        """Return the edition in force, 0 where there is none."""
        headers = self.keeper.artifacts()
        return headers[0].version if headers else 0

    async def install(self, folder: Path) -> int:
        """Put an edition into force between two taps; returns its number. What is refused changes nothing."""
        now_ms = trusted_ms(self.clock)
        try:
            return await self._change("edition.taken", self.keeper.installing(folder, trusted_ms=now_ms))
        except PolicyError as error:
            self.report(error)
            raise

    async def go_back(self, reason: str) -> int:
        """Return to the previous edition; with a ``reason`` the one in force is not taken again."""
        return await self._change("edition.returned", self.keeper.returning(reason), reason)

    def hear(self, outcome: Outcome) -> None:
        """Hear of a tap: what nobody can price says something of the edition."""
        if outcome.accepted:
            self.unpriced = 0
        elif outcome.unpriced:
            self.unpriced += 1

    async def idle(self) -> None:
        """Do what is due: return from an edition that fails, end a probation, take what was staged, check files."""
        try:
            await self._write_notes()
            await self._watch()
            await self._look_again()
        except (PolicyError, StoreError) as error:
            if error.ends_service:
                raise
            self.report(error)

    async def take_staged(self) -> None:
        """Take what was staged while the terminal was down; what is refused was reported."""
        folder = self.keeper.staged()
        if folder is None:
            return
        try:
            await self.install(folder)
        except PolicyError:
            return
        except StoreError as error:
            if error.recovery is not Recovery.DEGRADE:
                raise
            self.report(error)

    async def _watch(self) -> None:
        """Look after an edition on probation."""
        if self.keeper.slots().proven:
            return
        if self.unpriced >= UNPRICED_MAX:
            self.unpriced = 0
            await self.go_back("policy")
        elif self.clock.monotonic_ms() >= self.proven_due_ms:
            self.keeper.prove()

    async def _look_again(self) -> None:
        """Check a little more of the files in force; from damaged ones the terminal returns to the previous edition."""
        if self.recheck is None:
            return
        try:
            for _ in range(RECHECK_STEPS):
                async with self.between_taps:
                    next(self.recheck)
                await asyncio.sleep(0)
        except StopIteration:
            self.recheck = None
        except PolicyError as error:
            self.recheck = None
            if not self.number():
                return
            self.damaged = True
            self.report(error)
            await self.go_back("")

    async def _change(self, subject: str, steps: Steps[int], reason: str = "") -> int:
        async with self.changing:
            before = self.number()
            number = await in_steps(self.between_taps, steps)
            self.damaged, self.unpriced = False, 0
            self.proven_due_ms = self.clock.monotonic_ms() + self.probation_ms
            async with self.between_taps:
                await self.refresh()
            if number != before:
                self._note(subject, before, reason)
        await self._write_notes()
        return number

    def _note(self, subject: str, before: int, reason: str) -> None:
        """Note a swap for the journal: from which edition to which, why, and the versions of what is in force."""
        pairs = [("from", str(before)), ("to", str(self.number()))]
        pairs += [("reason", reason)] if reason else []
        pairs += [(f"{header.kind} {header.name}", str(header.version)) for header in self.keeper.artifacts()[1:]]
        self.unrecorded.append((subject, tuple(pairs)))

    async def _write_notes(self) -> None:
        """Write what the journal does not say yet; a full disk is reported, and it is tried again when idle."""
        while self.unrecorded:
            subject, pairs = self.unrecorded[0]
            try:
                await self.record(subject, pairs)
            except StoreError as error:
                if error.recovery is not Recovery.DEGRADE:
                    raise
                self.report(error)
                return
            self.unrecorded.pop(0)


async def in_steps(between_taps: asyncio.Lock, steps: Steps[T]) -> T:
    """Do work step by step, each between two taps: a tap that comes waits for one step at most."""
    while True:
        async with between_taps:
            try:
                next(steps)
            except StopIteration as end:
                result: T = end.value
                return result
        await asyncio.sleep(0)
