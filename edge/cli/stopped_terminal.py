"""A terminal that does not run, read from its files under the journal's lock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from edge.cli.locate import Located
from edge.clock import SystemClock
from edge.config import JournalSection
from edge.control.messages import Message
from edge.control.status import Status
from edge.domain.entry import Entry
from edge.domain.errors import ConfigError
from edge.store.journal import SqliteJournal, open_journal
from edge.store.lock import JournalLock
from edge.store.report import journal_status, last_tap
from edge.store.settings import JournalSettings
from sync.enrolment_files import EnrolmentFiles
from sync.grant import grant_hash, read_grant
from sync.wire import decode_entry


class StoppedTerminal:
    """The journal of a terminal that is down, opened as the terminal itself would open it."""

    def __init__(self, journal: SqliteJournal, settings: JournalSettings) -> None:
        self._journal = journal
        self._settings = settings

    async def status(self) -> Message:
        """Return what the files say; ports and lists are known to a running terminal alone."""
        newest = await self._journal.entry(self._journal.last_seq)
        clock = SystemClock(0 if newest is None else newest.time_ms)
        return Status(
            running=False,
            terminal=self._journal.terminal,
            epoch=self._journal.epoch,
            now_ms=clock.wall_ms(),
            time_quality=clock.quality().name.lower(),
            edition=0 if newest is None else newest.edition,
            stop="not_running",
            journal=await journal_status(self._journal, self._settings.bytes_max),
            last_tap=await last_tap(self._journal),
        ).message()

    async def page(self, first: int, count: int) -> list[Entry]:
        """Return entries in order."""
        return [decode_entry(packed) for packed in await self._journal.page(first, count)]

    async def tap_entries(self, prefix: bytes) -> list[Entry]:
        """Return the entries of every tap whose id begins so."""
        return await self._journal.find_tap(prefix)

    async def verify(self) -> list[str]:
        """Check the whole journal."""
        return [str(problem) for problem in await self._journal.verify()]


@asynccontextmanager
async def open_stopped(located: Located) -> AsyncIterator[StoppedTerminal]:
    """Take the lock and open the journal of the epoch in force.

    Raises ``STORE_LOCKED`` where the terminal runs, ``NOT_ENROLLED``, and what :func:`open_journal` raises.
    """
    settings = journal_settings(located)
    grant = _grant_file(located)
    with JournalLock(located.paths.journal_lock):
        journal = await open_journal(
            located.paths.journal,
            terminal=read_grant(grant).terminal,
            epoch=read_grant(grant).epoch,
            grant_hash=grant_hash(grant),
            settings=settings,
            create=False,
        )
        try:
            yield StoppedTerminal(journal, settings)
        finally:
            await journal.close()


def journal_settings(located: Located) -> JournalSettings:
    """Return the journal's settings by the configuration, or by default where there is none."""
    section = JournalSection() if located.config is None else located.config.journal
    return JournalSettings(**{name: getattr(section, name) for name in JournalSettings.__slots__})


def _grant_file(located: Located) -> bytes:
    path = EnrolmentFiles(located.paths.state).grant
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError("NOT_ENROLLED", f"{path}: {error.strerror}") from error
