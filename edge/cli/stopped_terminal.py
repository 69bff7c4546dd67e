"""A terminal that does not run, read from its files under the journal's lock."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

from edge.cli.locate import Located
from edge.clock import SystemClock
from edge.config import JournalSection
from edge.control.messages import Message
from edge.control.status import LastTapStatus, Status
from edge.domain.entry import Entry
from edge.domain.errors import ConfigError, StoreError
from edge.domain.meals.receipt_code import read_receipt_code
from edge.store.epochs import EarlierJournals, open_earlier
from edge.store.journal import SqliteJournal, open_journal
from edge.store.lock import JournalLock
from edge.store.reference import FileReference
from edge.store.settings import JournalSettings
from edge.terminal.reporting import edition_of, journal_status, list_status, slot_status
from edge.terminal.risk_report import Moment, clock_message, limits_message, tier_of, used_in
from edge.terminal.till.receipt_check import check_receipt
from edge.terminal.timekeeping import passed_ms
from sync.enrolment_files import EnrolmentFiles, read_trust, retired_epochs
from sync.grant import grant_hash, read_grant
from sync.wire import decode_entry

LOOK_BACK_ROWS: Final = 50
"""How far back the last tap is looked for; further back it is not news."""


class StoppedTerminal:
    """Journal and reference data of a terminal that is down, opened as the terminal itself would open them."""

    def __init__(self, journal: SqliteJournal, earlier: EarlierJournals, reference: FileReference) -> None:
        self._journal = journal
        self._earlier = earlier
        self._reference = reference

    async def status(self) -> Message:
        """Return what the files say; ports are known to a running terminal alone.

        ``faults`` are the journals of earlier epochs that cannot be read: what they owe is not in the sums.
        """
        clock = await self._clock()
        now_ms = clock.wall_ms()
        moment = self._moment(clock)
        tier, why = tier_of(self._reference, moment)
        return Status(
            running=False,
            terminal=self._journal.terminal,
            epoch=self._journal.epoch,
            now_ms=now_ms,
            time_quality=clock.quality().name.lower(),
            edition=edition_of(self._reference),
            stop="not_running",
            journal=await journal_status(self._journal, self._earlier.journals),
            lists=list_status(self._reference, now_ms),
            slots=slot_status(self._reference),
            last_tap=await self._last_tap(),
            tier=tier,
            tier_why=why,
            clock_error_s=moment.error_s,
            high_water_ms=moment.known_ms,
            faults=dict(Counter(fault.code for fault in self._earlier.faults)),
        ).message()

    async def limits(self) -> Message:
        """Return what may be risked, by what signed time proves."""
        journals = [*self._earlier.journals, self._journal]
        moment = self._moment(await self._clock())
        return limits_message(self._reference, await used_in(journals), moment, cautious=False)

    async def clock(self) -> Message:
        """Return what a clock would know if the terminal started now."""
        return clock_message((await self._clock()).reading(), self._journal.position().time)

    def _moment(self, clock: SystemClock) -> Moment:
        return Moment(clock.known_ms(), clock.error_s(), self._journal.position().time.confirmed_ms)

    async def _clock(self) -> SystemClock:
        return SystemClock(await passed_ms([*self._earlier.journals, self._journal]))

    async def page(self, first: int, count: int) -> list[Entry]:
        """Return entries in order."""
        return [decode_entry(packed) for packed in await self._journal.page(first, count)]

    async def tap_entries(self, prefix: bytes) -> list[Entry]:
        """Return the entries of every tap whose id begins so."""
        return await self._journal.find_tap(prefix)

    async def verify(self) -> list[str]:
        """Check the whole journal."""
        return [str(problem) for problem in await self._journal.verify()]

    async def check_receipt(self, code: str) -> Message:
        """Look into every journal there is."""
        journals = [self._journal, *self._earlier.journals]
        return (await check_receipt(self._journal.terminal, journals, read_receipt_code(code))).message()

    async def _last_tap(self) -> LastTapStatus | None:
        for entry in reversed(await self.page(max(1, self._journal.last_seq - LOOK_BACK_ROWS + 1), LOOK_BACK_ROWS)):
            if entry.tap_id:
                return LastTapStatus(entry.tap_id.hex(), entry.kind.name.lower(), entry.seq, entry.time_ms)
        return None


@asynccontextmanager
async def open_stopped(located: Located) -> AsyncIterator[StoppedTerminal]:
    """Take the lock and open the journal of the epoch in force, and those of earlier ones that still exist.

    Raises ``STORE_LOCKED`` where the terminal runs, ``NOT_ENROLLED``, and what :func:`open_journal` raises.
    """
    paths, grant = located.paths, _grant_file(located)
    settings = JournalSettings(**asdict(_section(located)))
    terminal, epoch = read_grant(grant).terminal, read_grant(grant).epoch
    with (
        as_owner(paths.state),
        JournalLock(paths.journal_lock),
        FileReference(paths.editions, read_trust(paths.state).ever) as reference,
    ):
        reference.start()
        async with AsyncExitStack() as stack:
            earlier = await open_earlier(paths.state, terminal, _retired(paths.state, epoch), settings, stack)
            _say_what_is_owed(paths.journal, earlier)
            journal = await open_journal(
                paths.journal,
                terminal=terminal,
                epoch=epoch,
                grant_hash=grant_hash(grant),
                settings=settings,
                create=False,
                heir_of=earlier.journals[-1] if earlier.journals else None,
            )
            stack.push_async_callback(journal.close)
            yield StoppedTerminal(journal, earlier, reference)


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


def _say_what_is_owed(journal: Path, earlier: EarlierJournals) -> None:
    """Raise ``STORE_MISSING`` with what earlier epochs owe, where their successor has not begun."""
    places = [each.position() for each in earlier.journals]
    owed = sum(place.last - place.acked for place in places)
    if not journal.exists() and (owed or earlier.faults):
        unread = f" and {len(earlier.faults)} journals that cannot be read" if earlier.faults else ""
        raise StoreError(
            "STORE_MISSING", f"{journal}: no such file, but {owed} unsent entries of earlier epochs{unread}"
        )


def _retired(state: Path, current: int) -> list[tuple[int, bytes]]:
    """Return the earlier epochs with the hashes of their grants, oldest first."""
    files = EnrolmentFiles(state)
    epochs = [epoch for epoch in retired_epochs(state) if epoch != current]
    return [(epoch, grant_hash(files.old_grant(epoch).read_bytes())) for epoch in epochs]


def _grant_file(located: Located) -> bytes:
    path = EnrolmentFiles(located.paths.state).grant
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError("NOT_ENROLLED", f"{path}: {error.strerror}") from error
