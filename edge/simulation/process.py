"""A simulated process: started, cut from power at any moment, started again from its files.

A power cut happens between two steps of the loop, or at a boundary of a database job, which is no step of a task.
In this order: the files are copied as they are; every task, timer and callback of the life is dropped; what held
files open lets go of them; the copy takes the place of the folder. A coroutine cannot vanish in Python without its
``finally`` blocks being run, so they are run at that moment, where they can do no harm: the loop drops whatever they
schedule, and whatever they write goes to the folder that is thrown away.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from edge.domain.frozen import frozen
from edge.simulation.disk import Disk
from edge.simulation.failures import SimulationError
from edge.simulation.life import LIFE, AtBoundary, BeforeStatement, Boundary, Life, OnCommit
from edge.simulation.loop import simulation_loop
from edge.simulation.numbered import NumberedTask

CLOSINGS_MAX: Final = 16


@frozen
class Ending:
    """How a life ended: its power was cut, or its main coroutine returned or raised."""

    cut: bool
    error: BaseException | None = None


class SimulatedProcess:
    """A process by ``name`` with its own disk. ``cuts`` counts the power cuts."""

    def __init__(self, name: str, disk: Disk) -> None:
        self.name = name
        self.disk = disk
        self.starts = 0
        self.cuts = 0
        self._loop = simulation_loop()
        self._life: Life | None = None
        self._main: asyncio.Task[object] | None = None  # held here: a loop refers to its tasks but weakly
        self._ended: asyncio.Future[Ending] | None = None

    @property
    def running(self) -> bool:
        """Say whether a life is going on."""
        return self._life is not None and not self._life.dead

    def start(
        self,
        main: Callable[[], Coroutine[Any, Any, object]],
        at_boundary: AtBoundary | None = None,
        on_commit: OnCommit | None = None,
    ) -> asyncio.Future[Ending]:
        """Begin a new life with ``main()``; the future says how it ended.

        ``at_boundary`` hears of every boundary of this life's database jobs and may call :meth:`cut` there, or raise
        a ``sqlite3`` error; ``on_commit`` hears of every commit. What the main coroutine leaves running when it ends
        dies with it.
        """
        if self.running:
            raise SimulationError(f"{self.name} runs already")
        self.starts += 1
        life = self._life = Life(f"{self.name}/{self.starts}", partial(self._at_boundary, at_boundary), on_commit)
        context = contextvars.copy_context()
        context.run(LIFE.set, life)
        task = self._main = self._loop.create_task(context.run(main), name=life.name, context=context)
        ended = self._ended = self._loop.create_future()
        task.add_done_callback(partial(self._finished, life), context=contextvars.Context())
        return ended

    def spawn(self, main: Callable[[], Coroutine[Any, Any, object]]) -> bool:
        """Begin a further task ``main()`` in the life that is going on: a request that comes in from outside.

        Returns False, and does nothing, when no life is going on.
        """
        if self._life is None or self._life.dead:
            return False
        context = contextvars.Context()
        context.run(LIFE.set, self._life)
        self._loop.create_task(context.run(main), context=context)
        return True

    def before_statement(self, listener: BeforeStatement | None) -> None:
        """Let ``listener`` hear of every statement of this life from now on; it may raise a ``sqlite3`` error."""
        if self._life is not None:
            self._life.before_statement = listener

    def cut(self) -> None:
        """Cut the power: at once, or at the next await point when the life's own task asks for it."""
        life = self._life
        if life is None or life.dead:
            return
        task = asyncio.current_task()
        if isinstance(task, NumberedTask) and task.life is life:
            self._loop.after_step(partial(self._cut, life))
        else:
            self._cut(life)

    def _cut(self, life: Life) -> None:
        if not life.dead:
            self.cuts += 1
            self._end(life, Ending(cut=True))

    def _finished(self, life: Life, task: asyncio.Task[object]) -> None:
        if not life.dead:
            error = asyncio.CancelledError() if task.cancelled() else task.exception()
            self._end(life, Ending(cut=False, error=error))

    def _end(self, life: Life, ending: Ending) -> None:
        with self.disk.frozen():
            life.dead = True
            while tasks := self._loop.tasks_of(life):
                for task in tasks:
                    bury(task)
            self._loop.forget(life)
            for open_file in life.open_files:
                open_file.abandon()
        if self._ended is not None and not self._ended.done():
            contextvars.Context().run(self._ended.set_result, ending)

    def _at_boundary(self, listener: AtBoundary | None, boundary: Boundary) -> None:
        self.disk.reach(boundary)
        if listener is not None:
            listener(boundary)


def bury(task: NumberedTask) -> None:
    """Close the coroutine of a task that will never run again, in its own context.

    A ``finally`` that awaits or raises is closed again, so that nothing is left for the garbage collector to run.
    """
    task.buried = True
    task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001 - a buried task stays pending
    for _ in range(CLOSINGS_MAX):
        try:
            task.home.run(task.get_coro().close)
        except BaseException:  # noqa: BLE001, S112 - whatever dying code raises has nobody left to hear it
            continue
        return
