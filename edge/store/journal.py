"""The terminal's journal on SQLite: numbered, hash-chained, durable when a call returns."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from edge.domain.debit import OpenDebit
from edge.domain.entry import Draft, Entry, Kind
from edge.domain.errors import StoreError
from edge.domain.exchange import Ack, RejectedEntry
from edge.domain.exposure import NO_HORIZON, Horizon
from edge.domain.state import State
from edge.domain.tap import Token
from edge.ports import EntrySlice, HolderRow, Position, PsamTrail, TimeMarks
from edge.store import acks
from edge.store.appending import append_entry
from edge.store.database import Database, T, Work, open_database, settle
from edge.store.ending import End, read_end
from edge.store.holders import state_for
from edge.store.legacy import Legacy, adopt, begin, read_legacy
from edge.store.migrations import migrate
from edge.store.persons import returned_leases
from edge.store.position import keep_time, position_of
from edge.store.pruning import Folding, carried_balances, prune_batch
from edge.store.rows import bytes_at, kind_page, rejected_entries, rows_of_tap, unsettled_debits
from edge.store.settings import JournalSettings
from edge.store.slicing import cut_slice
from edge.store.space import Room, SpaceReport, bytes_in_use
from edge.store.standing import JournalIdentity, count_abandoned, is_unclaimed, read_standing
from edge.store.verifying import Problem, Verification, check_tail
from sync.wire import decode_entry

TAIL_ROWS: Final = 200
"""Rows whose chain is checked at every start."""
SEARCH_ROWS: Final = 5_000
"""Rows searched in one job; taps go on between two jobs."""


class SqliteJournal:
    """Implements :class:`edge.ports.Journal` and :class:`edge.ports.JournalFeed`; see :func:`open_journal`.

    Every call is one job of the database. All raise StoreError; ``STORE_IO`` means that the outcome is in doubt.
    """

    def __init__(self, database: Database, identity: JournalIdentity, settings: JournalSettings, room: Room) -> None:
        self._database = database
        self._identity = identity
        self._settings = settings
        self._room = room
        self._end: End
        self._newest: Entry | None = None
        self._since_checkpoint = 0

    # -- edge.ports.Journal ------------------------------------------------------------------------------------------

    async def append(self, draft: Draft, *, holder: HolderRow | None = None, durable: bool = True) -> Entry:
        """Write one entry with its side rows in one transaction; raises ``ENTRY_INVALID`` for a second result.

        With ``durable=False`` the call returns once the entry has its number, before the flush: a power cut may then
        take it back. Entries written after it are durable only together with it.
        """
        numbered: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        notify = numbered.get_loop().call_soon_threadsafe

        def work(connection: sqlite3.Connection) -> Entry:
            self._newest = entry = append_entry(connection, self._identity, draft, holder, self._newest)
            self._refresh(connection)
            self._since_checkpoint += 1
            if not durable:
                notify(settle, numbered, entry)
            return entry

        flushed = self._database.submit(work)
        if durable:
            return await flushed
        await asyncio.wait({numbered, flushed}, return_when=asyncio.FIRST_COMPLETED)
        return flushed.result() if flushed.done() else numbered.result()

    async def legacy(self) -> Legacy:
        """Return what the next epoch's journal begins with."""
        return await self._database.read(read_legacy)

    async def state_of(
        self, token: Token, code: bytes = b"", horizon: Horizon = NO_HORIZON, person: bytes = b""
    ) -> State:
        """Return what is remembered of this token, of its holder and of a scanned code, and the exposure."""
        return await self._database.read(lambda connection: state_for(connection, token, code, horizon, person))

    async def returned_leases(self, person: bytes) -> list[tuple[str, str, int]]:
        """Return (counter, bucket, serial) of a person's leases that were given back here."""
        return await self._database.read(lambda connection: returned_leases(connection, person))

    async def torn_of(self, token: Token) -> list[OpenDebit]:
        """Return the unsettled debits of this token, oldest first."""
        if not self._end.waiting and self._database.is_idle:
            return []
        torn = partial(unsettled_debits, condition="WHERE token = ? AND reason <> ''", cells=(token,))
        return await self._database.read(torn)

    async def open_intents(self) -> list[OpenDebit]:
        """Return intents without a result, oldest first."""
        return await self._database.read(lambda connection: unsettled_debits(connection, "WHERE reason = ''"))

    async def unsettled(self) -> list[OpenDebit]:
        """Return every open or torn debit, oldest first."""
        return await self._database.read(unsettled_debits)

    async def psam_trail(self) -> PsamTrail:
        """Return the PSAM of the last intent, its sequence, and the MAC1 commands since that led to none."""
        standing = await self._database.read(read_standing)
        return PsamTrail(standing.psam_number, standing.psam_sequence, standing.abandoned)

    async def abandon_prepare(self) -> None:
        """Count a MAC1 without an intent. Returns at once; the count is written before the next entry."""
        self._database.submit(count_abandoned)

    async def adopt(self, debit: OpenDebit, holder: HolderRow | None) -> None:
        """Take a proven debit of an earlier epoch into counters and the holder's row, once."""
        await self._database.write(lambda connection: adopt(connection, debit, holder))

    # -- edge.ports.JournalFeed --------------------------------------------------------------------------------------

    async def slice(self, from_seq: int, max_entries: int, max_bytes: int) -> EntrySlice | None:
        """Return entries from ``from_seq`` on (from the oldest kept where that is pruned), at least one, or None."""
        return await self._database.read(
            lambda connection: cut_slice(connection, self._identity, from_seq, max_entries, max_bytes)
        )

    async def apply_ack(self, ack: Ack) -> int:
        """Move the watermark forward and return it; see :func:`edge.store.acks.apply`. Raises ``ACK_FOREIGN``."""
        return await self._change(lambda connection: acks.apply(connection, self._identity, ack).acked)

    @property
    def terminal(self) -> str:
        """Return the terminal's name."""
        return self._identity.terminal

    @property
    def epoch(self) -> int:
        """Return the epoch's number."""
        return self._identity.epoch

    @property
    def last_seq(self) -> int:
        """Return the number of the last entry, 0 where there is none."""
        return self._end.last_seq

    @property
    def pruned_through(self) -> int:
        """Return the number up to which entries are gone."""
        return self._end.standing.pruned_through

    def position(self) -> Position:
        """Return where the journal stands, as of the last job."""
        return position_of(self._end.standing, self.epoch, self.last_seq)

    # -- looking things up -------------------------------------------------------------------------------------------

    async def entry(self, seq: int) -> Entry | None:
        """Return one entry, None where it does not exist (any more)."""
        packed = await self._database.read(lambda connection: bytes_at(connection, seq))
        return None if packed is None else decode_entry(packed)

    async def page(self, from_seq: int, count: int, kind: Kind | None = None) -> list[bytes]:
        """Return the canonical bytes of up to ``count`` entries from ``from_seq`` on, of one kind or of all."""
        return await self._database.read(lambda connection: kind_page(connection, from_seq, count, kind))

    async def tap_entries(self, prefix: bytes) -> list[bytes]:
        """Return the canonical entries of the tap whose id begins with ``prefix``; none where several do."""
        found: list[bytes] = []
        for first in range(1, self.last_seq + 1, SEARCH_ROWS):
            search = partial(rows_of_tap, prefix=prefix, first=first, last=first + SEARCH_ROWS - 1)
            found += await self._database.read(search)
        return found if len({decode_entry(packed).tap_id for packed in found}) == 1 else []

    async def find_tap(self, tap_id: bytes) -> list[Entry]:
        """Return the entries of one tap, in order; empty: the tap was never written."""
        return [decode_entry(packed) for packed in await self.tap_entries(tap_id)]

    async def rejected(self) -> list[RejectedEntry]:
        """Return the entries that the centre set aside, with their codes."""
        return await self._database.read(rejected_entries)

    async def totals(self) -> Mapping[str, int]:
        """Return balances by account, folded from the entries and what pruning carried; they sum to zero."""
        pruned_through = self.pruned_through
        balances: Counter[str] = Counter(await self._database.read(carried_balances))
        fold = Folding()
        while await self._database.read(fold.step):
            pass
        balances.update(fold.balances)
        return dict(balances) if pruned_through == self.pruned_through else await self.totals()

    async def verify(self) -> list[Problem]:
        """Check numbers, chain, bytes, links and side rows of the whole journal; returns what is wrong."""
        verification = Verification(self._identity)
        while await self._database.read(verification.step):
            pass
        return verification.problems

    # -- keeping house -----------------------------------------------------------------------------------------------

    async def upkeep(self, now_ms: int) -> bool:
        """Do one small piece of what is due, for an idle moment; False where nothing is. ``now_ms`` is trusted time."""
        if self._since_checkpoint >= self._settings.checkpoint_entries:
            await self.checkpoint()
            return True
        return await self.prune(now_ms) > 0

    async def keep_time(self, marks: TimeMarks) -> None:
        """Keep signed time in a transaction of its own; neither the high-water mark nor the last signed time falls."""
        await self._change(lambda connection: keep_time(connection, marks))

    async def checkpoint(self) -> None:
        """Copy the write-ahead log into the database."""
        self._since_checkpoint = 0
        await self._database.checkpoint()

    async def prune(self, now_ms: int) -> int:
        """Remove one small batch of acked entries past their retention; returns how many. See ``prune_batch``."""
        if self._room.report(0).stop:
            self._room.release_reserve()
        pruned = await self._change(lambda connection: prune_batch(connection, self._settings, now_ms))
        if not pruned:
            self._room.hold_reserve()
        return pruned

    async def space(self) -> SpaceReport:
        """Measure the room that is left; ``stop`` says that sales must stop."""
        return self._room.report(await self._database.read(bytes_in_use))

    async def close(self) -> None:
        """Checkpoint and close; idempotent."""
        await self._database.close()

    async def start(self, heir_of: SqliteJournal | None) -> None:
        """Bring the schema up to date, claim the file, check its tail. Called once, by :func:`open_journal`."""
        await self._database.read(migrate)
        new = await self._database.read(is_unclaimed)
        legacy = await heir_of.legacy() if heir_of is not None and new else Legacy()
        await self._database.write(lambda connection: begin(connection, self._identity, legacy))
        problem = await self._database.read(lambda connection: check_tail(connection, TAIL_ROWS))
        if problem is not None:
            raise StoreError("STORE_CORRUPT", str(problem))
        await self._database.read(self._refresh)
        await self._database.grow_log()
        await self._database.keep_names()
        self._room.hold_reserve()

    async def _change(self, change: Work[T]) -> T:
        """Run a change as one durable transaction."""

        def work(connection: sqlite3.Connection) -> T:
            result = change(connection)
            self._refresh(connection)
            return result

        return await self._database.write(work)

    def _refresh(self, connection: sqlite3.Connection) -> None:
        """Note where this job leaves the journal; runs on the thread, as the last step before COMMIT."""
        self._end = read_end(connection)


async def open_journal(
    path: Path,
    *,
    terminal: str,
    epoch: int,
    grant_hash: bytes,
    settings: JournalSettings | None = None,
    create: bool = True,
    heir_of: SqliteJournal | None = None,
) -> SqliteJournal:
    """Open the journal of one epoch, or begin it. The caller holds ``journal.lock``.

    ``grant_hash`` is the hash of the epoch grant's file, from which the chain starts; a journal that begins takes over
    what ``heir_of`` remembers of media. Raises ``STORE_FOREIGN`` for the file of another terminal, epoch or grant,
    ``STORE_NEWER``, and what :func:`open_database` raises.
    """
    settings = settings or JournalSettings()
    database = await open_database(path, wal_bytes=settings.wal_bytes, create=create)
    identity = JournalIdentity(terminal, epoch, grant_hash)
    journal = SqliteJournal(database, identity, settings, Room(path, settings))
    try:
        await journal.start(heir_of)
    except BaseException:
        await database.close()
        raise
    return journal
