"""One run from a seed to its result."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final, Generic, TypeVar

from edge.domain.frozen import frozen
from edge.simulation.failures import UnhandledError
from edge.simulation.life import Life
from edge.simulation.loop import STEPS_MAX, SimulationLoop
from edge.simulation.process import bury
from edge.simulation.sqlite_in_loop import sqlite_in_loop
from edge.simulation.stillness import replaced, stillness

T = TypeVar("T")

YOUNG_COLLECTION_STEPS: Final = 50_000
FULL_COLLECTION_TURNS: Final = 20


@frozen
class Result(Generic[T]):
    """What a run returned, and how it got there. ``virtual_ms`` is mostly skipped idle time; compare ``steps``."""

    value: T
    steps: int
    virtual_ms: float
    trace_hash: str


def run(main: Callable[[], Coroutine[Any, Any, T]], seed: int, *, steps_max: int = STEPS_MAX) -> Result[T]:
    """Run ``main()`` to its end in a simulated loop.

    When it returns, the tasks left over are cancelled and waited for, as ``asyncio.run`` does. Raises what ``main``
    raises, and ``SimulationError`` for a deadlock, a run without end, or a failure that nobody listened to.
    """
    loop = SimulationLoop(seed, steps_max=steps_max)
    with stillness(loop.time, loop.streams.number("random") % 2**64), sqlite_in_loop(loop), _calm_garbage(loop):
        try:
            value = loop.run_until_complete(_inside(main))
            loop.run_until_complete(_cancel_rest(loop))
        finally:
            for task in loop.living_tasks():
                bury(task)
            loop.close()
    if loop.unhandled:
        raise UnhandledError("\n".join(loop.unhandled))
    return Result(value, loop.steps, loop.time() * 1000, loop.trace.hexdigest())


async def _inside(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    return await main()


async def _cancel_rest(loop: SimulationLoop) -> None:
    """End every process that still runs, as a power cut does, then cancel what the world itself left over."""
    lives: dict[int, Life] = {}
    while orphans := [task for task in loop.living_tasks() if task.life is not None]:
        for task in orphans:
            if task.life is not None:
                task.life.dead = True
                lives[id(task.life)] = task.life
            bury(task)
    for life in lives.values():
        for open_file in life.open_files:
            open_file.abandon()
    rest = [task for task in loop.living_tasks() if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


def _unheard(unraisable: sys.UnraisableHookArgs) -> None:
    if not isinstance(unraisable.exc_value, RuntimeError):
        sys.__unraisablehook__(unraisable)


@contextmanager
def _calm_garbage(loop: SimulationLoop) -> Iterator[None]:
    """Collect at fixed steps only: a finalizer then runs at the same step in every run of a seed.

    What existed before the run is set apart meanwhile: it is neither walked nor finalized. An asynchronous generator
    of a dead life cannot be closed whole, and says so when it is collected: nobody is left to hear it.
    """
    due = YOUNG_COLLECTION_STEPS
    collections = 0

    def collect(steps: int) -> None:
        nonlocal due, collections
        if steps < due:
            return
        due = steps + YOUNG_COLLECTION_STEPS
        collections += 1
        gc.collect(2 if collections % FULL_COLLECTION_TURNS == 0 else 1)

    enabled = gc.isenabled()
    gc.freeze()
    gc.disable()
    loop.every_turn = collect
    try:
        with replaced((sys, "unraisablehook", _unheard)):
            yield
            gc.collect()
    finally:
        gc.unfreeze()
        if enabled:
            gc.enable()
