"""A deterministic asyncio loop: virtual time, seeded order, no machine underneath.

**Time** stands still while anything is ready and then jumps to the next timer. **Order**: a turn takes everything
that is ready, shuffles it by the seed, and runs it; what becomes ready meanwhile waits for the next turn. That is
fair with a bound: a ready step waits at most for the rest of this turn and for the next one, whatever the seed. The
order of two steps that are ready together is never promised, although asyncio's own loop would keep it.

**Garbage** is collected every so many steps and never in between, so that finalizers run at the same step in every
run. **Failures** that nobody listened to make the run fail.
"""
# ruff: noqa: SLF001 - an event loop is written against asyncio's own internals

from __future__ import annotations

import asyncio
import heapq
import threading
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from pathlib import Path
from typing import Any, Final, TypeVar

from edge.simulation.failures import DeadlockError, RealWorldError, StepLimitError
from edge.simulation.life import LIFE, Life
from edge.simulation.numbered import NumberedFuture, NumberedTask
from edge.simulation.refusals import RefusesTheRealWorld
from edge.simulation.streams import Streams
from edge.simulation.trace import Trace
from edge.simulation.unix_sockets import Listener, UnixSockets

T = TypeVar("T")

STEPS_MAX: Final = 200_000_000
EXECUTOR_MS_MIN: Final = 0.05
EXECUTOR_MS_MAX: Final = 5.0
CANCELLED_TIMERS_MIN: Final = 1000


class SimulationLoop(RefusesTheRealWorld, asyncio.BaseEventLoop):
    """The loop of one run. ``streams`` gives everybody their randomness, ``trace`` hashes what happened.

    ``every_turn`` is called after each turn with the number of steps so far (the run uses it to collect garbage).
    """

    _closed: bool  # these three are asyncio's own
    _stopping: bool
    _thread_id: int | None

    def __init__(self, seed: int, *, steps_max: int = STEPS_MAX) -> None:
        super().__init__()
        self.set_debug(False)
        self.streams = Streams(seed)
        self.trace = Trace()
        self.steps = 0
        self.unhandled: list[str] = []
        self.every_turn: Callable[[int], None] | None = None
        self._steps_max = steps_max
        self._order = self.streams.stream("loop/order").random
        self._executor_latency = self.streams.stream("loop/executor")
        self._unix_sockets = UnixSockets(self, self.streams.stream("loop/unix_sockets"))
        self._now_s = 0.0
        self._ready: list[asyncio.Handle] = []
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._timers_set = 0
        self._timers_cancelled = 0
        self._after_step: list[Callable[[], None]] = []
        self._generator_lives: dict[int, Life | None] = {}
        self._tasks_made = 0
        self._futures_made = 0

    # -- what asyncio asks of a loop -------------------------------------------------------------------------------

    def time(self) -> float:
        """Return the virtual time in seconds since the run began."""
        return self._now_s

    def call_soon(
        self, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.Handle:
        """Make ``callback`` ready for the next turn."""
        self._demand_open()
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.Handle:
        """Do as :meth:`call_soon`; raises ``RealWorldError`` for a call from another thread."""
        if self._thread_id is not None and threading.get_ident() != self._thread_id:
            raise RealWorldError("another thread reached into a simulated run; its order would be the machine's")
        return self.call_soon(callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Make ``callback`` ready at the virtual time ``when``; timers of one moment are shuffled like all else."""
        self._demand_open()
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._timers_set += 1
        heapq.heappush(self._timers, (when, self._timers_set, timer))
        return timer

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Make ``callback`` ready ``delay`` virtual seconds from now."""
        return self.call_at(self._now_s + delay, callback, *args, context=context)

    def create_future(self) -> NumberedFuture:
        """Return a future that hashes by its number."""
        future = NumberedFuture(loop=self)
        self._futures_made = future.number = self._futures_made + 1
        return future

    def create_task(
        self,
        coro: Coroutine[Any, Any, T] | Generator[Any, None, T],
        *,
        name: object = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        """Return a task that hashes by its number and belongs to the life of its context."""
        self._demand_open()
        self._tasks_made += 1
        return NumberedTask(
            coro, loop=self, number=self._tasks_made, name=None if name is None else str(name), context=context
        )

    def run_in_executor(self, executor: object, func: Callable[..., T], *args: object) -> asyncio.Future[T]:
        """Run ``func`` in the loop after a drawn latency; there are no threads, whatever ``executor`` is."""
        del executor
        future = self.create_future()
        delay_s = self._executor_latency.uniform(EXECUTOR_MS_MIN, EXECUTOR_MS_MAX) / 1000
        self.call_later(delay_s, _settle, future, func, args)
        return future

    async def create_unix_server(  # type: ignore[override]  # no kernel socket: asyncio's options mean nothing here
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], path: str | Path, **_options: object
    ) -> Listener:
        """Listen on a path inside the loop."""
        return self._unix_sockets.listen(protocol_factory, Path(path))

    async def create_unix_connection(  # type: ignore[override]  # as above
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], path: str | Path, **_options: object
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """Connect to a path inside the loop."""
        return self._unix_sockets.connect(protocol_factory, Path(path))

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncio's name
        """Do nothing: there is no executor."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep what nobody listened to; the run fails with it.

        asyncio's streams (3.11) ask a cancelled conversation for its exception: that is no failure.
        """
        if isinstance(context.get("exception"), asyncio.CancelledError):
            return
        about = context.get("future", context.get("task", ""))
        self.unhandled.append(f"{context.get('message')}: {context.get('exception')!r} {about}")

    # -- what the simulation asks of it ----------------------------------------------------------------------------

    def after_step(self, action: Callable[[], None]) -> None:
        """Call ``action`` as soon as the step that runs now has reached its await point."""
        self._after_step.append(action)

    def tasks_of(self, life: Life) -> list[NumberedTask]:
        """Return the unfinished tasks of a life in the order in which they were made."""
        return sorted((task for task in life.tasks if not task.done() and not task.buried), key=hash)

    def living_tasks(self) -> list[NumberedTask]:
        """Return the unfinished tasks that were not buried, in the order in which they were made."""
        tasks = [task for task in asyncio.all_tasks(self) if isinstance(task, NumberedTask) and not task.buried]
        return sorted(tasks, key=hash)

    def forget(self, life: Life) -> None:
        """Drop the timers of a dead life: they no longer move time."""
        self._timers = [timer for timer in self._timers if _life_of(timer[2]) is not life]
        heapq.heapify(self._timers)

    # -- turning ---------------------------------------------------------------------------------------------------

    def _run_once(self) -> None:
        """Take turns until the loop is told to stop; asyncio asks for one at a time and looks after each."""
        self._turn()
        while not self._stopping:
            self._turn()

    def _turn(self) -> None:
        self._collect_due()
        turn, self._ready = self._ready, []
        if len(turn) > 1:
            order = self._order
            turn.sort(key=lambda _: order())
        note = self.trace.step
        for handle in turn:
            if handle._cancelled:
                continue
            life = handle._context.get(LIFE)  # type: ignore[attr-defined]  # known to asyncio, not to its stub
            if life is not None and life.dead:
                continue
            self.steps += 1
            note(handle)
            handle._run()
            while self._after_step:
                self._after_step.pop()()
        if self.steps > self._steps_max:
            raise StepLimitError(f"more than {self._steps_max} steps at {self._now_s:.3f} s:\n{self._waiting()}")
        if self.every_turn is not None:
            self.every_turn(self.steps)

    def _collect_due(self) -> None:
        """Move the timers that are due to the ready steps; jump to the next one when nothing else is ready."""
        timers = self._timers
        if self._timers_cancelled > max(CANCELLED_TIMERS_MIN, len(timers) // 2):
            timers[:] = [timer for timer in timers if not timer[2]._cancelled]
            heapq.heapify(timers)
            self._timers_cancelled = 0
        while timers and timers[0][2]._cancelled:
            heapq.heappop(timers)
            self._timers_cancelled -= 1
        if not self._ready and not self._stopping:
            if not timers:
                raise DeadlockError(f"nothing will ever happen again at {self._now_s:.3f} s:\n{self._waiting()}")
            if timers[0][0] > self._now_s:
                self._now_s = timers[0][0]
                self.trace.moment(self._now_s)
        while timers and timers[0][0] <= self._now_s:
            timer = heapq.heappop(timers)[2]
            if not timer._cancelled:
                self._ready.append(timer)

    def _timer_handle_cancelled(self, _handle: asyncio.TimerHandle) -> None:
        """Count roughly: the count only says when sweeping the cancelled timers out is worth while."""
        self._timers_cancelled += 1

    def _demand_open(self) -> None:
        if self._closed:
            raise RuntimeError("Event loop is closed")

    def _waiting(self) -> str:
        return "\n".join(f"  {task!r}" for task in self.living_tasks())

    def _asyncgen_firstiter_hook(self, agen: Any) -> None:  # noqa: ANN401 - asyncio's signature
        self._generator_lives[id(agen)] = LIFE.get()
        super()._asyncgen_firstiter_hook(agen)  # type: ignore[misc]  # known to asyncio, not to its stub

    def _asyncgen_finalizer_hook(self, agen: Any) -> None:  # noqa: ANN401 - asyncio's signature
        """Close a generator that nobody holds any more, unless its life is over: nobody is left to wait for that."""
        life = self._generator_lives.pop(id(agen), None)
        if life is None or not life.dead:
            super()._asyncgen_finalizer_hook(agen)  # type: ignore[misc]  # as above


def _life_of(handle: asyncio.Handle) -> Life | None:
    life: Life | None = handle._context.get(LIFE)  # type: ignore[attr-defined]  # known to asyncio, not to its stub
    return life


def _settle(future: asyncio.Future[T], func: Callable[..., T], args: tuple[object, ...]) -> None:
    try:
        value = func(*args)
    except BaseException as error:  # noqa: BLE001 - travels to whoever awaits, as from a thread
        if not future.done():
            future.set_exception(error)
    else:
        if not future.done():
            future.set_result(value)


def simulation_loop() -> SimulationLoop:
    """Return the running simulated loop; raises ``RealWorldError`` in any other."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, SimulationLoop):
        raise RealWorldError("this part of the simulation runs in a SimulationLoop only")
    return loop
