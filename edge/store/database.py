"""The only door to aiosqlite: one file, one connection, one whole transaction as one job on its thread.

**One job.** A transaction runs from BEGIN to COMMIT or ROLLBACK inside a single function on aiosqlite's thread. A
caller that is cancelled stops waiting; its job is never cut in two and never undone: aiosqlite runs what was queued,
whether or not its future is still waited for.

**In doubt.** When COMMIT, ROLLBACK or a checkpoint fails, the file may hold either outcome. The database then refuses
every further job with ``STORE_IO`` until it is closed, opened again and asked what is there.

**One connection.** SQLite 3.7.0 to 3.51.2 can corrupt a write-ahead log that two connections write and checkpoint at
the same moment ("WAL-reset bug", mended in 3.51.3). With ``locking_mode = EXCLUSIVE`` set before the first access
there is no second connection, of this process or another, on any version: that is why no version is refused here.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import aiosqlite

from edge.crypto.signing import coded_errors, sync_folder
from edge.domain.errors import StoreError
from edge.store.log_growth import grow_log

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

PAGE_BYTES: Final = 1024
CACHE_PAGES: Final = 512
"""A tap touches a few dozen; left to itself SQLite keeps 2 MB of a journal that is hardly read again."""
SYNCHRONOUS: Final = "FULL"
WAL_FORCED_TIMES: Final = 4
"""A checkpoint is forced when the log has grown to this many times its pre-grown size."""

CODES: Final = {
    sqlite3.SQLITE_BUSY: "STORE_LOCKED",
    sqlite3.SQLITE_LOCKED: "STORE_LOCKED",
    sqlite3.SQLITE_CORRUPT: "STORE_CORRUPT",
    sqlite3.SQLITE_NOTADB: "STORE_CORRUPT",
    sqlite3.SQLITE_CONSTRAINT: "STORE_CORRUPT",
    sqlite3.SQLITE_FULL: "STORE_FULL",
}
"""SQLite's primary result codes; every other one is ``STORE_IO``."""


class OneJobConnection(aiosqlite.Connection):
    """aiosqlite's connection with the one call it lacks: run a function on the thread, queued at once.

    Uses the private names ``_tx``, ``_thread``, ``_running`` and ``_connection`` of aiosqlite 0.22; a test holds them
    against the installed version.
    """

    def queue(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Queue ``function`` in order of calling and return the future of its result."""
        if not self._running or self._connection is None:
            raise StoreError("STORE_IO", "the database is closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((future, function))
        return future

    def opened(self) -> sqlite3.Connection:
        """Return the connection itself, for use on the thread only."""
        return self._conn

    async def dispose(self) -> None:
        """Close, also after a failed start, and see the thread end: it is no daemon and would outlive the loop."""
        try:
            await self.close()
        finally:
            if self._thread.ident is not None:
                self._thread.join()


class Database:
    """An open database; see :func:`open_database`."""

    def __init__(self, path: Path, connection: OneJobConnection, wal_bytes: int) -> None:
        self._path = path
        self._connection = connection
        self._wal = path.with_name(path.name + "-wal")
        self._wal_bytes = wal_bytes
        self._wal_bytes_seen = 0
        self._doubt = ""
        self._queued = 0
        self._ended = 0

    @property
    def is_idle(self) -> bool:
        """Say whether every job that was queued has ended, none in doubt: what it noted holds still."""
        return self._queued == self._ended and not self._doubt

    async def write(self, work: Work[T]) -> T:
        """Run ``work`` as one durable transaction. Whatever it raises undoes the transaction.

        Raises ``STORE_IO`` when the outcome is in doubt.
        """
        return await self.submit(work)

    async def read(self, work: Work[T]) -> T:
        """Run ``work``, which only reads: between two jobs nothing changes, so it needs no transaction."""
        return await self._queue(lambda: work(self._connection.opened()))

    def submit(self, work: Work[T]) -> asyncio.Future[T]:
        """Queue ``work`` as one transaction, after every job queued before, and return its future."""
        return self._queue(lambda: self._transact(self._connection.opened(), work))

    async def checkpoint(self) -> int:
        """Copy the whole write-ahead log into the database; returns its pages. For idle moments.

        Raises ``STORE_IO`` or ``STORE_LOCKED``; the database is then in doubt.
        """
        return await self._queue(lambda: self._checkpoint(self._connection.opened()))

    async def grow_log(self) -> None:
        """Grow the write-ahead log, so that later commits extend no file: one flush, not two. After migrating.

        On a full disk the log stays as it is: the journal must still open, to be sent and pruned.
        """
        if self._wal_size() < self._wal_bytes:
            await self.read(lambda connection: grow_log(connection, self._wal_bytes))
            await self.checkpoint()

    async def keep_names(self) -> None:
        """Flush the folder, so that file and log are found after a power cut.

        SQLite does so too when it makes a log, but keeps an error to itself.
        """
        await self.read(lambda _: sync_folder(self._path.parent))

    async def close(self) -> None:
        """Checkpoint where the state is certain, then close file and thread; idempotent.

        Raises what the checkpoint raised: SQLite's own one at closing would keep an error to itself.
        """
        failed: StoreError | None = None
        if not self._doubt:
            try:
                await self.checkpoint()
            except StoreError as error:
                failed = error
        self._doubt = self._doubt or "the database is closed"
        await asyncio.shield(asyncio.ensure_future(self._connection.dispose()))
        if failed is not None:
            raise failed

    def _queue(self, function: Callable[[], T]) -> asyncio.Future[T]:
        if self._doubt:
            raise StoreError("STORE_IO", f"{self._path.name} takes no further job: {self._doubt}")
        future = self._connection.queue(lambda: self._translated(function))
        future.add_done_callback(_retrieve)
        self._queued += 1
        return future

    def _translated(self, function: Callable[[], T]) -> T:
        """Run on the thread; every sqlite3 error becomes a coded one here and nowhere else."""
        try:
            if self._doubt:
                raise StoreError("STORE_IO", f"{self._path.name} takes no further job: {self._doubt}")
            return function()
        except sqlite3.Error as error:
            coded = coded_error(self._path, error)
            if coded.code in {"STORE_IO", "STORE_CORRUPT"}:
                self._doubt = str(coded)
            raise coded from error
        finally:
            self._ended += 1

    def _transact(self, connection: sqlite3.Connection, work: Work[T]) -> T:
        self._force_checkpoint(connection)
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(connection)
        except BaseException:
            if connection.in_transaction:  # SQLite undoes it by itself on some errors
                self._certain(connection, "ROLLBACK")
            raise
        self._certain(connection, "COMMIT")
        return result

    def _certain(self, connection: sqlite3.Connection, statement: str) -> None:
        """Run COMMIT or ROLLBACK; a failure leaves the outcome in doubt, a full disk too."""
        try:
            connection.execute(statement)
        except sqlite3.Error as error:
            self._doubt = f"{statement} failed: {error}"
            raise StoreError("STORE_IO", f"{self._path.name}: in doubt, {self._doubt}") from error

    def _force_checkpoint(self, connection: sqlite3.Connection) -> None:
        """Checkpoint before a write when no idle moment came for so long that the log grew past its limit.

        The log never shrinks while open, so only growth since the last checkpoint counts.
        """
        if self._wal_size() > max(self._wal_bytes * WAL_FORCED_TIMES, self._wal_bytes_seen):
            self._checkpoint(connection)

    def _checkpoint(self, connection: sqlite3.Connection) -> int:
        try:
            # RESTART, never TRUNCATE: the log keeps its blocks, so that no commit has to extend a file.
            busy, pages, copied = connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        except sqlite3.Error as error:
            self._doubt = f"checkpoint failed: {error}"
            raise StoreError("STORE_IO", f"{self._path.name}: {self._doubt}") from error
        if busy or pages != copied:
            self._doubt = f"checkpoint copied {copied} of {pages} pages: somebody reads"
            raise StoreError("STORE_LOCKED", f"{self._path.name}: {self._doubt}")
        self._wal_bytes_seen = self._wal_size()
        return int(copied)

    def _wal_size(self) -> int:
        try:
            return self._wal.stat().st_size
        except FileNotFoundError:
            return 0


async def open_database(path: Path, *, wal_bytes: int, create: bool = True) -> Database:
    """Open or create a database in its durability mode, checked. ``wal_bytes`` is what the log will be grown to.

    Raises ``STORE_MISSING``, ``STORE_LOCKED``, ``STORE_MODE``, ``STORE_CORRUPT`` or ``STORE_IO``. No thread survives a
    failed or cancelled start.
    """
    (_begin if create else _require)(path)
    connection = OneJobConnection(lambda: sqlite3.connect(path, isolation_level=None, timeout=0), 64)
    database = Database(path, connection, wal_bytes)
    try:
        await connection
        await database.read(_set_modes)
        await database.read(_quick_check)
        await database.checkpoint()
    except BaseException as error:
        await asyncio.shield(asyncio.ensure_future(connection.dispose()))
        if isinstance(error, sqlite3.Error):
            raise coded_error(path, error) from error
        raise
    return database


def coded_error(path: Path, error: sqlite3.Error) -> StoreError:
    """Return the coded form of an sqlite3 error."""
    primary = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_IOERR) & 0xFF
    return StoreError(CODES.get(primary, "STORE_IO"), f"{path.name}: {error}")


def _require(path: Path) -> None:
    if not path.exists():
        raise StoreError("STORE_MISSING", f"{path}: no such file")


def _begin(path: Path) -> None:
    """Where there is no file, make one that is its owner's alone; SQLite gives its log the same rights."""
    if path.exists():
        return
    with coded_errors(path):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _set_modes(connection: sqlite3.Connection) -> None:
    """Set every mode and read it back. The order matters: exclusive before the first access to the log."""
    asked = {
        "page_size": (PAGE_BYTES, None),  # holds for a new file; an old one keeps its own
        "locking_mode": ("EXCLUSIVE", "exclusive"),
        "journal_mode": ("WAL", "wal"),
        "synchronous": (SYNCHRONOUS, {"NORMAL": 1, "FULL": 2}[SYNCHRONOUS]),
        "wal_autocheckpoint": (0, 0),
        "cell_size_check": ("ON", 1),
        "cache_size": (CACHE_PAGES, CACHE_PAGES),
        "trusted_schema": ("OFF", 0),
    }
    for name, (value, _) in asked.items():
        connection.execute(f"PRAGMA {name} = {value}").fetchall()
    for name, (_, wanted) in asked.items():
        found = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if wanted is not None and found != wanted:
            raise StoreError("STORE_MODE", f"{name} is {found}, not {wanted}")


def _quick_check(connection: sqlite3.Connection) -> None:
    problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if problem != "ok":
        raise StoreError("STORE_CORRUPT", f"quick_check: {problem}")


def _retrieve(future: asyncio.Future[T]) -> None:
    """Mark the exception of a job as seen: a cancelled caller hears nothing, the next job hears the doubt."""
    if not future.cancelled():
        future.exception()


def settle(future: asyncio.Future[T], result: T) -> None:
    """Give a future its result early; runs in the loop. A cancelled caller no longer waits."""
    if not future.done():
        future.set_result(result)
