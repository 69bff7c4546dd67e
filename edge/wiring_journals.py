"""The terminal's journals, opened first: what a power cut left open is closed before anything more is loaded."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import Protocol

from edge.clock import SystemClock
from edge.config import TerminalConfig
from edge.domain.frozen import frozen
from edge.store.epochs import EarlierJournals, open_earlier
from edge.store.journal import SqliteJournal, open_journal
from edge.store.settings import JournalSettings
from edge.terminal.open_intents import close_open_intents
from edge.terminal.timekeeping import passed_ms
from sync.enrolment_files import Enrolment


class MakeClock(Protocol):
    """Makes the clock of a machine."""

    def __call__(self, floor_ms: int, *, drift_ppm: int, travel_ms: int) -> SystemClock:
        """Return it; see :class:`edge.clock.SystemClock`."""
        ...


@frozen
class Journals:
    """The journal in force and those of earlier epochs, without an open intent; and the clock that they set."""

    clock: SystemClock
    current: SqliteJournal
    earlier: EarlierJournals

    @property
    def oldest_first(self) -> list[SqliteJournal]:
        """Return all of them."""
        return [*self.earlier.journals, self.current]


async def open_journals(
    config: TerminalConfig, enrolment: Enrolment, make_clock: MakeClock, stack: AsyncExitStack
) -> Journals:
    """Open every journal and close the intents that a cut left in it; ``stack`` closes the journals again."""
    current, earlier = await _open(config, enrolment, stack)
    clock = make_clock(
        await passed_ms([*earlier.journals, current]),
        drift_ppm=config.clock.drift_ppm,
        travel_ms=config.centre.request_timeout_s * 1000,
    )
    journals = Journals(clock, current, earlier)
    for each in journals.oldest_first:
        await close_open_intents(clock, each)
    return journals


async def _open(
    config: TerminalConfig, enrolment: Enrolment, stack: AsyncExitStack
) -> tuple[SqliteJournal, EarlierJournals]:
    """Open the journal in force and those of earlier epochs; where it begins, it is the heir of the newest of them."""
    settings = journal_settings(config)
    earlier = await open_earlier(config.paths.state, enrolment.terminal, enrolment.old_epochs, settings, stack)
    journal = await open_journal(
        config.paths.journal,
        terminal=enrolment.terminal,
        epoch=enrolment.epoch,
        grant_hash=enrolment.grant_hash,
        settings=settings,
        heir_of=earlier.journals[-1] if earlier.journals else None,
    )
    stack.push_async_callback(journal.close)
    return journal, earlier


def journal_settings(config: TerminalConfig) -> JournalSettings:
    """Return how the journal keeps house; the section's names are the settings' own."""
    return JournalSettings(**asdict(config.journal))
