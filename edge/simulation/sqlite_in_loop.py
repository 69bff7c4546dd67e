"""Stock aiosqlite 0.22.1 inside a simulated loop: its thread replaced by a queue of the loop, its SQLite real.

Every connection made while :func:`sqlite_in_loop` holds gets the loop's queue for its private ``_tx`` and a stub for
its ``_thread``. A job (one function) runs whole, in order, after a drawn latency; its answer follows a drawn latency
later. A cancelled await does not unqueue its job. The boundaries of each job and of each commit are told to the life
that made the connection, which is where power cuts and full disks come from.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Final, Literal, TypeVar

import aiosqlite

from edge.simulation.failures import PowerCut, SimulationError
from edge.simulation.life import LIFE, Boundary, Life
from edge.simulation.loop import SimulationLoop
from edge.simulation.stillness import replaced

T = TypeVar("T")

AIOSQLITE_VERSION: Final = "0.22.1"
JOB_MS_MIN: Final = 0.05
JOB_MS_MAX: Final = 8.0
ANSWER_MS_MAX: Final = 0.5

Job = tuple[asyncio.Future[Any] | None, Callable[[], Any]]


class WatchedConnection(sqlite3.Connection):
    """A connection that tells its life before and after each commit."""

    life: Life | None = None
    path: Path = Path()

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as sqlite3 has it
        """Execute one statement; a COMMIT has its boundaries, any other may be made to fail."""
        life = self.life
        if life is None or sql.lstrip()[:6].upper() != "COMMIT":
            if life is not None and life.before_statement is not None:
                life.before_statement(sql)
            return super().execute(sql, *parameters)
        return self._between_boundaries(lambda: super(WatchedConnection, self).execute(sql, *parameters))

    def commit(self) -> None:
        """Commit, with the boundaries where there is something to commit."""
        if self.life is None or not self.in_transaction:
            super().commit()
        else:
            self._between_boundaries(super().commit)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> Literal[False]:
        if kind is None:
            self.commit()
        else:
            self.rollback()
        return False

    def _between_boundaries(self, commit: Callable[[], T]) -> T:
        life = self.life
        _reach(life, Boundary.COMMIT_BEFORE)
        value = commit()
        if life is not None and life.on_commit is not None:
            life.on_commit(self, self.path)
        _reach(life, Boundary.COMMIT_AFTER)
        return value


class InLoopJobs:
    """Stands for aiosqlite's queue and for its worker thread: jobs run one by one, in order, in the loop."""

    ident: int | None = None
    """No thread was started; see ``threading.Thread.ident``."""

    def __init__(self, loop: SimulationLoop, latency: Random, connection: aiosqlite.Connection) -> None:
        self._loop = loop
        self._latency = latency
        self._connection = connection
        self._raw: WatchedConnection | None = None
        self._jobs: deque[Job] = deque()
        self._answers: deque[tuple[asyncio.Future[Any], object, BaseException | None]] = deque()
        self._busy = False
        self._life = LIFE.get()
        if self._life is not None:
            self._life.open_files.append(self)

    def put_nowait(self, job: Job) -> None:
        """Queue a job, as ``queue.SimpleQueue`` does."""
        self._jobs.append(job)
        if not self._busy:
            self._await_turn()

    def start(self) -> None:
        """Do nothing: the queue works without a thread."""

    def join(self) -> None:
        """Do nothing: there is no thread to wait for."""

    def abandon(self) -> None:
        """Close the file without a word to anybody: the process that owned it is gone."""
        self._jobs.clear()
        self._connection._connection = None  # noqa: SLF001 - a private name of 0.22.1, see above
        if self._raw is not None:
            self._raw.life = None
            self._raw.close()

    def _await_turn(self) -> None:
        self._busy = True
        self._loop.call_later(self._latency.uniform(JOB_MS_MIN, JOB_MS_MAX) / 1000, self._work)

    def _work(self) -> None:
        future, function = self._jobs.popleft()
        value, error = None, None
        try:
            _reach(self._life, Boundary.JOB_BEFORE)
            value = self._execute(function)
            _reach(self._life, Boundary.JOB_AFTER)
        except BaseException as raised:  # noqa: BLE001 - travels to whoever awaits, as from the thread
            error = raised
        if self._life is not None and self._life.dead:
            return
        if future is not None:
            self._answers.append((future, value, error))
            self._loop.call_later(self._latency.uniform(0, ANSWER_MS_MAX) / 1000, self._answer)
        if self._jobs:
            self._await_turn()
        else:
            self._busy = False

    def _execute(self, function: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the job returns
        value = function()
        if isinstance(value, WatchedConnection) and value is not self._raw:
            value.life, self._raw = self._life, value
        return value

    def _answer(self) -> None:
        """Deliver the oldest answer: answers never overtake each other."""
        future, value, error = self._answers.popleft()
        if future.done():
            return
        if error is None:
            future.set_result(value)
        else:
            future.set_exception(error)


def _reach(life: Life | None, boundary: Boundary) -> None:
    """Tell the life; raises ``PowerCut`` when that was its last moment, and what the listener raises."""
    if life is not None:
        life.reach(boundary)
        if life.dead:
            raise PowerCut


@contextmanager
def sqlite_in_loop(loop: SimulationLoop) -> Iterator[None]:
    """Give every aiosqlite connection made in this block the loop's queue instead of a thread."""
    if aiosqlite.__version__ != AIOSQLITE_VERSION:
        raise SimulationError(f"aiosqlite {aiosqlite.__version__}: the private names used are those of 0.22.1")
    plain_init, plain_connect = aiosqlite.Connection.__init__, sqlite3.connect

    def init(self: aiosqlite.Connection, *args: Any, **options: Any) -> None:  # noqa: ANN401 - passed through
        plain_init(self, *args, **options)
        life = LIFE.get()
        latency = loop.streams.stream(f"sqlite/{life.name if life is not None else 'world'}")
        jobs: Any = InLoopJobs(loop, latency, self)
        self._tx = self._thread = jobs

    def connect(database: Any, *args: Any, **options: Any) -> sqlite3.Connection:  # noqa: ANN401 - passed through
        options.setdefault("factory", WatchedConnection)
        connection: sqlite3.Connection = plain_connect(database, *args, **options)
        if isinstance(connection, WatchedConnection):
            connection.path = Path(database)
        return connection

    with replaced((aiosqlite.Connection, "__init__", init), (sqlite3, "connect", connect)):
        yield
