"""The city's engine: PostgreSQL, many writers, one pooled connection per transaction. The only door to asyncpg.

Writes run READ COMMITTED, so that what is read after a row was taken is the newest; reads run on one snapshot. A
transaction that collided, or whose connection was lost, is run again as a whole.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeVar

import asyncpg
import tenacity

from edge.domain.errors import ConfigError, StoreError
from sync.central.store.port import OutrunError, Query, Row, Work, insert_rows
from sync.central.store.statements import LEVEL_TABLE, SCHEMA_VERSION, SET_LEVEL, TAKE_LEVEL, steps_from

T = TypeVar("T")

POOL_SIZE: Final = 8
CONNECT_TIMEOUT_S: Final = 5.0
STATEMENT_TIMEOUT_S: Final = 10.0
"""Of a server, for which terminals wait; also of a wait for a row that somebody else holds."""
WHOLE_BOOKS_TIMEOUT_S: Final = 3_600.0
"""Of a command, which may sum every line of a city's books."""
TRIES: Final = 8
FIRST_WAIT_S: Final = 0.02
WAIT_S_MAX: Final = 1.0

COLLIDED: Final = frozenset({"40001", "40P01"})
"""serialization_failure, deadlock_detected."""
DISCONNECTED: Final = frozenset({"57P01", "57P02", "57P03"})
"""admin_shutdown, crash_shutdown, cannot_connect_now."""
CONNECTION_CLASS: Final = "08"
REFUSED_CLASSES: Final = frozenset({"28", "3D", "53", "57"})
"""No such user or password, no such database, out of connections, an operator's intervention."""
FULL: Final = frozenset({"53100", "53200"})
"""disk_full, out_of_memory."""
CREATED_MEANWHILE: Final = frozenset({"23505", "42P07", "42710"})
"""unique_violation in the catalogue, duplicate_table, duplicate_object: another process makes the same tables."""
DURABLE_COMMITS: Final = frozenset({"on", "remote_write", "remote_apply"})

FAULTS: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""All that the driver raises for reasons that are not defects of ours."""


class PostgresStore:
    """A :class:`~sync.central.store.port.CentralStore` on one database; see :func:`open_postgres`.

    The pool opens a new connection for each that was lost: the store is never broken.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.broken = asyncio.Event()

    async def write(self, work: Callable[[], Work[T]]) -> T:
        """Run work as one transaction; it is committed, and flushed, when this returns."""
        return await _coded(lambda: self._transact(work, isolation="read_committed", readonly=False))

    async def read(self, work: Callable[[], Work[T]]) -> T:
        """Run work that only reads, on one snapshot."""
        return await _coded(lambda: self._transact(work, isolation="repeatable_read", readonly=True))

    async def close(self) -> None:
        """Close all connections, those in use when they are given back; idempotent."""
        await self._pool.close()

    async def _transact(self, work: Callable[[], Work[T]], *, isolation: str, readonly: bool) -> T:
        async with (
            self._pool.acquire(timeout=STATEMENT_TIMEOUT_S) as connection,
            connection.transaction(isolation=isolation, readonly=readonly),
        ):
            return await _drive(connection, work())


async def open_postgres(url: str, password: str, *, patient: bool = False) -> PostgresStore:
    """Connect, check that a commit is durable, and bring the schema up to date.

    No statement of a ``patient`` store is given up before an hour has passed, of another one before 10 s have.
    Several processes may do so at once. Raises ``CONFIG_VALUE`` for an address that cannot be read, ``STORE_NEWER``,
    ``STORE_MODE``, ``STORE_UNREACHABLE`` or ``STORE_IO``.
    """
    pool = await _pool(url, password, WHOLE_BOOKS_TIMEOUT_S if patient else STATEMENT_TIMEOUT_S)
    try:
        await _coded(lambda: _prepared(pool), also=CREATED_MEANWHILE)
    except ValueError as error:
        raise ConfigError("CONFIG_VALUE", f"the database's address: {error}") from error
    except StoreError:
        pool.terminate()
        raise
    return PostgresStore(pool)


def _pool(url: str, password: str, statement_timeout_s: float) -> asyncpg.Pool:
    """Return a pool that connects when it is asked to."""
    return asyncpg.create_pool(
        url,
        password=password,
        min_size=0,
        max_size=POOL_SIZE,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=statement_timeout_s,
        init=_with_whole_sums,
        server_settings={"application_name": "onecard-central"},
    )


async def _with_whole_sums(connection: asyncpg.Connection) -> None:
    """Read sums as whole numbers, which ours all are: PostgreSQL adds BIGINT up to NUMERIC."""
    await connection.set_type_codec("numeric", schema="pg_catalog", encoder=str, decoder=int, format="text")


async def _prepared(pool: asyncpg.Pool) -> None:
    async with pool.acquire(timeout=STATEMENT_TIMEOUT_S) as connection, connection.transaction():
        await _check_durable(connection)
        await connection.execute(LEVEL_TABLE)
        level: int = (await _rows_of(connection, insert_rows(TAKE_LEVEL, [("level", 0)])))[0][0]  # type: ignore[assignment]  # the column is BIGINT
        if level > SCHEMA_VERSION:
            raise StoreError("STORE_NEWER", f"schema {level}, this release knows {SCHEMA_VERSION}")
        for statement in steps_from(level):
            await connection.execute(statement, timeout=None)  # an index over a city's rows takes its time
        await _rows_of(connection, insert_rows(SET_LEVEL, [("level", SCHEMA_VERSION)]))


async def _check_durable(connection: asyncpg.Connection) -> None:
    """Refuse a server whose commits may be lost: an ack permits a terminal to forget."""
    flushed, waits = [await connection.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
    if flushed != "on" or waits not in DURABLE_COMMITS:
        raise StoreError("STORE_MODE", f"fsync {flushed}, synchronous_commit {waits}: a commit could be lost")


async def _drive(connection: asyncpg.Connection, work: Work[T]) -> T:
    rows: Sequence[Row] | None = None
    while True:
        try:
            query = next(work) if rows is None else work.send(rows)
        except StopIteration as finished:
            result: T = finished.value
            return result
        rows = await _rows_of(connection, query)


async def _rows_of(connection: asyncpg.Connection, query: Query) -> list[Row]:
    return [tuple(record) for record in await connection.fetch(numbered(query.sql), *query.cells)]


@lru_cache(maxsize=1024)
def numbered(statement: str) -> str:
    """Return a statement with ``$1``, ``$2``, ... for its ``?`` marks; none of ours has a ``?`` anywhere else."""
    pieces = statement.split("?")
    marks: Iterator[str] = (f"${number}" for number in itertools.count(1))
    return "".join(piece + mark for piece, mark in zip(pieces[:-1], marks, strict=False)) + pieces[-1]


async def _coded(attempt: Callable[[], Awaitable[T]], *, also: frozenset[str] = frozenset()) -> T:
    """Run an attempt until it succeeds, fails for good, or has had its tries; raises StoreError."""
    retrying = tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception(lambda error: _passes(error, also)),
        wait=tenacity.wait_random_exponential(multiplier=FIRST_WAIT_S, max=WAIT_S_MAX),
        stop=tenacity.stop_after_attempt(TRIES),
        reraise=True,
    )

    async def once() -> T:
        return await attempt()

    try:
        result: T = await retrying(once)
    except FAULTS as error:
        raise _store_error(error) from error
    return result


def _passes(error: BaseException, also: frozenset[str]) -> bool:
    """Say whether what failed may succeed when the whole transaction is run again."""
    state = _state(error)
    return isinstance(error, OutrunError) or state in COLLIDED | also or _is_disconnected(error, state)


def _is_disconnected(error: BaseException, state: str) -> bool:
    lost = isinstance(error, asyncpg.InterfaceError | OSError) and not isinstance(error, TimeoutError)
    return lost or state in DISCONNECTED or state[:2] == CONNECTION_CLASS


def _state(error: BaseException) -> str:
    """Return the SQLSTATE of an error, empty where it has none."""
    return str(getattr(error, "sqlstate", None) or "")


def _store_error(error: BaseException) -> StoreError:
    """Return the coded error; the server's text may quote values, so its class and state have to do."""
    state = _state(error)
    told = f"the centre's database: {type(error).__name__} {state}".rstrip()
    if state in FULL:
        return StoreError("STORE_FULL", told)
    unreachable = _is_disconnected(error, state) or isinstance(error, TimeoutError) or state[:2] in REFUSED_CLASSES
    return StoreError("STORE_UNREACHABLE" if unreachable else "STORE_IO", told)
