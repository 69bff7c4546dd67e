"""A terminal that does not run, read from its files under the journal's lock."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

from edge.cli.locate import Located
from edge.clock import SystemClock
from edge.config import JournalSection
from edge.control.messages import Message
from edge.control.status import LastTapStatus, Status
from edge.domain.entry import Entry
from edge.domain.errors import ConfigError
from edge.store.journal import SqliteJournal, open_journal
from edge.store.lock import JournalLock
from edge.store.reference import FileReference
from edge.store.settings import JournalSettings
from edge.terminal.reporting import edition_of, journal_status, list_status
from sync.enrolment_files import EnrolmentFiles, read_centre_key
from sync.grant import grant_hash, read_grant
from sync.wire import decode_entry

LOOK_BACK_ROWS: Final = 50
"""How far back the last tap is looked for; further back it is not news."""


class StoppedTerminal:
    """Journal and reference data of a terminal that is down, opened as the terminal itself would open them."""

    def __init__(self, journal: SqliteJournal, reference: FileReference) -> None:
        self._journal = journal
        self._reference = reference

    async def status(self) -> Message:
        """Return what the files say; ports are known to a running terminal alone."""
        newest = await self._journal.entry(self._journal.last_seq)
        clock = SystemClock(0 if newest is None else newest.time_ms)
        now_ms = clock.wall_ms()
        return Status(
            running=False,
            terminal=self._journal.terminal,
            epoch=self._journal.epoch,
            now_ms=now_ms,
            time_quality=clock.quality().name.lower(),
            edition=edition_of(self._reference),
            stop="not_running",
            journal=await journal_status(self._journal),
            lists=list_status(self._reference, now_ms),
            last_tap=await self._last_tap(),
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

    async def _last_tap(self) -> LastTapStatus | None:
        for entry in reversed(await self.page(max(1, self._journal.last_seq - LOOK_BACK_ROWS + 1), LOOK_BACK_ROWS)):
            if entry.tap_id:
                return LastTapStatus(entry.tap_id.hex(), entry.kind.name.lower(), entry.seq, entry.time_ms)
        return None


@asynccontextmanager
async def open_stopped(located: Located) -> AsyncIterator[StoppedTerminal]:
    """Take the lock and open the journal of the epoch in force.

    Raises ``STORE_LOCKED`` where the terminal runs, ``NOT_ENROLLED``, and what :func:`open_journal` raises.
    """
    paths, grant = located.paths, _grant_file(located)
    with (
        as_owner(paths.state),
        JournalLock(paths.journal_lock),
        FileReference(paths.editions, read_centre_key(paths.state)) as reference,
    ):
        reference.start()
        journal = await open_journal(
            paths.journal,
            terminal=read_grant(grant).terminal,
            epoch=read_grant(grant).epoch,
            grant_hash=grant_hash(grant),
            settings=JournalSettings(**asdict(_section(located))),
            create=False,
        )
        try:
            yield StoppedTerminal(journal, reference)
        finally:
            await journal.close()


@contextmanager
def as_owner(folder: Path) -> Iterator[None]:
    """Let root act as the folder's owner, so that it leaves no file behind that the service cannot open."""
    owner = folder.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        yield
        return
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def _section(located: Located) -> JournalSection:
    return JournalSection() if located.config is None else located.config.journal


def _grant_file(located: Located) -> bytes:
    path = EnrolmentFiles(located.paths.state).grant
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError("NOT_ENROLLED", f"{path}: {error.strerror}") from error
