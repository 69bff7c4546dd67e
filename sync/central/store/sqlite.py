"""The embedded engine: SQLite, one writer, WAL + FULL, one job on aiosqlite's thread per transaction."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import aiosqlite

from edge.domain.errors import StoreError
from sync.central.store.port import Row, Work
from sync.central.store.statements import SCHEMA_VERSION, steps_from

T = TypeVar("T")

WRITES_PER_CHECKPOINT: Final = 200
DOUBTFUL: Final = frozenset(
    {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN}
)
"""Primary result codes after which nothing that the connection says can be trusted."""

UNOPENED: Final = {
    sqlite3.SQLITE_CORRUPT: "STORE_CORRUPT",
    sqlite3.SQLITE_NOTADB: "STORE_CORRUPT",
    sqlite3.SQLITE_FULL: "STORE_FULL",
}
"""Primary result codes of a store that does not open; every other one is ``STORE_IO``."""


class _OneJobConnection(aiosqlite.Connection):
    """A connection whose transaction is one job: awaiting may be cancelled, the job is never cut in two."""

    async def run(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``job`` on the connection's own thread and return its result."""
        result: T = await self._execute(job, self._conn)  # type: ignore[no-untyped-call]  # aiosqlite leaves it untyped
        return result

    async def dispose(self) -> None:
        """Close, also after a failed start, and see the thread end: it would outlive the loop that it answers to."""
        try:
            await self.close()
        finally:
            if self._thread.ident is not None:
                self._thread.join()


class SqliteStore:
    """A :class:`~sync.central.store.port.CentralStore` on one file; see :func:`open_sqlite`.

    A failed write or flush is in doubt and is never tried again on this connection (the kernel may have dropped the
    pages): every later call raises ``STORE_IO``, and ``broken`` tells the process to end and open the file anew.
    """

    def __init__(self, connection: _OneJobConnection) -> None:
        self._connection = connection
        self._writes = 0
        self.broken = asyncio.Event()

    async def write(self, work: Callable[[], Work[T]]) -> T:
        """Run work as one transaction; raises ``STORE_IO`` where the outcome is in doubt."""
        result = await self._run(lambda connection: _transact(connection, work(), "BEGIN IMMEDIATE"))
        self._writes += 1
        if self._writes % WRITES_PER_CHECKPOINT == 0:
            await self._run(_checkpoint)
        return result

    async def read(self, work: Callable[[], Work[T]]) -> T:
        """Run work that only reads."""
        return await self._run(lambda connection: _transact(connection, work(), "BEGIN"))

    async def close(self) -> None:
        """Close file and thread; idempotent."""
        await self._connection.dispose()

    async def _run(self, job: Callable[[sqlite3.Connection], T]) -> T:
        if self.broken.is_set():
            raise StoreError("STORE_IO", "the centre's store failed before and must be opened anew")
        try:
            return await asyncio.shield(self._connection.run(job))
        except sqlite3.Error as error:
            primary = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the module's own errors have none
            if primary in DOUBTFUL:
                self.broken.set()
            code = "STORE_FULL" if primary == sqlite3.SQLITE_FULL else "STORE_IO"
            raise StoreError(code, f"the centre's store: {error}") from error


async def open_sqlite(path: Path) -> SqliteStore:
    """Open or create the store.

    Raises ``STORE_LOCKED`` where another process holds the file, ``STORE_NEWER``, ``STORE_MODE``, ``STORE_CORRUPT``,
    ``STORE_FULL`` or ``STORE_IO``.
    """
    connection = _OneJobConnection(lambda: sqlite3.connect(path, isolation_level=None, timeout=1.0), 64)
    try:
        await connection
        await connection.run(_prepare)
    except BaseException as error:
        await connection.dispose()
        if isinstance(error, sqlite3.Error):
            raise _unopened(path, error) from error
        raise
    return SqliteStore(connection)


def _unopened(path: Path, error: sqlite3.Error) -> StoreError:
    primary = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_IOERR) & 0xFF
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError("STORE_LOCKED", f"{path}: another process holds the centre's store")
    return StoreError(UNOPENED.get(primary, "STORE_IO"), f"{path}: {error}")


def _prepare(connection: sqlite3.Connection) -> None:
    """Set and read back the durability mode, then bring the schema up to date.

    Exclusive locking before the first access: a second connection is refused, and no other process can write and
    checkpoint the WAL at the same time (SQLite before 3.51.3 can corrupt it then).
    """
    connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    connection.execute("PRAGMA synchronous = FULL").fetchall()
    connection.execute("PRAGMA wal_autocheckpoint = 0").fetchall()  # it would hide errors: we do it ourselves
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if (mode, synchronous) != ("wal", 2):
        raise StoreError("STORE_MODE", f"journal mode {mode}, synchronous {synchronous}")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise StoreError("STORE_NEWER", f"schema {version}, this release knows {SCHEMA_VERSION}")
    connection.execute("BEGIN IMMEDIATE")
    for statement in steps_from(version):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _checkpoint(connection: sqlite3.Connection) -> None:
    """Copy the write-ahead log into the database, as a job of its own: its errors are seen."""
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _transact(connection: sqlite3.Connection, work: Work[T], begin: str) -> T:
    """Drive work to its end inside one transaction. Whatever it raises undoes the transaction."""
    connection.execute(begin)
    try:
        result = _drive(connection, work)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _drive(connection: sqlite3.Connection, work: Work[T]) -> T:
    rows: Sequence[Row] | None = None
    while True:
        try:
            query = next(work) if rows is None else work.send(rows)
        except StopIteration as finished:
            result: T = finished.value
            return result
        rows = connection.execute(query.sql, query.cells).fetchall()
