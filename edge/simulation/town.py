"""What everybody in a simulated city shares: the plan, the seed's streams, the true time, the faults, the chronicle."""

from __future__ import annotations

import asyncio
import contextvars
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final, TypeVar

from edge.domain.frozen import frozen, mutable
from edge.simulation.auditor import Auditor
from edge.simulation.chronicle import Chronicle
from edge.simulation.faults import Faults
from edge.simulation.injector import Injector
from edge.simulation.loop import simulation_loop

if TYPE_CHECKING:
    from edge.simulation.centre_machine import CentreMachine
    from edge.simulation.machine import Machine
    from edge.simulation.rider import Rider, RiderCard
    from edge.simulation.watching import Watch

T = TypeVar("T")

START_MS: Final = 1_793_566_800_000
"""Five o'clock in the morning of 2026-11-02 in Beijing."""
DAY_S: Final = 86_400.0
HOUR_S: Final = 3_600.0
HOME_CITY: Final = "4520"
OPERATOR: Final = "qingdao-bus"


@frozen
class Plan:
    """What is simulated. ``byte_share`` is the share of terminals whose readers speak byte by byte.

    ``taps`` is how many boardings a terminal sees in a day, on average; ``fault_scale`` multiplies every rate.
    ``only``: the names of the classes of faults that are enabled (None: all).
    """

    terminals: int
    days: int
    seed: int
    taps: float = 25.0
    byte_share: float = 0.1
    fault_scale: float = 1.0
    only: frozenset[str] | None = None
    retention_days: int = 1
    idle_s: float = 1_800.0


@mutable
class Town:
    """One simulated city. Machines, riders and the centre are added by the world that builds it."""

    plan: Plan
    folder: Path
    faults: Faults
    auditor: Auditor
    chronicle: Chronicle = field(default_factory=Chronicle)
    injectors: list[Injector] = field(default_factory=list)
    machines: list[Machine] = field(default_factory=list)
    riders: list[Rider] = field(default_factory=list)
    fresh_cards: list[RiderCard] = field(default_factory=list)
    endings: Counter[str] = field(default_factory=Counter)
    boardings: Counter[str] = field(default_factory=Counter)
    byte_boardings: Counter[str] = field(default_factory=Counter)
    calm: bool = False
    _centre: list[CentreMachine] = field(default_factory=list)
    _watch: list[Watch] = field(default_factory=list)
    _hooks: dict[str, list[Injector]] = field(default_factory=dict)
    _tasks: dict[asyncio.Task[None], None] = field(default_factory=dict)
    _failures: list[BaseException] = field(default_factory=list)

    @property
    def centre(self) -> CentreMachine:
        """Return the centre."""
        return self._centre[0]

    @centre.setter
    def centre(self, centre: CentreMachine) -> None:
        self._centre[:] = [centre]

    @property
    def watch(self) -> Watch:
        """Return the auditor's eyes."""
        return self._watch[0]

    @watch.setter
    def watch(self, watch: Watch) -> None:
        self._watch[:] = [watch]

    def stream(self, name: str) -> Random:
        """Return the stream of randomness of this name."""
        return simulation_loop().streams.stream(name)

    def now_ms(self) -> int:
        """Return the true time in ms UTC."""
        return START_MS + int(simulation_loop().time() * 1000)

    def hooked(self, hook: str) -> list[Injector]:
        """Return the injectors that do something at this hook; none once the faults have stopped."""
        if self.calm:
            return []
        found = self._hooks.get(hook)
        if found is None:
            plain = getattr(Injector, hook)
            found = self._hooks[hook] = [each for each in self.injectors if getattr(type(each), hook) is not plain]
        return found

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin a piece of the world's own work, outside every life."""
        context = contextvars.Context()
        task = asyncio.get_running_loop().create_task(work, context=context)
        self._tasks[task] = None
        task.add_done_callback(self._ended)
        return task

    def raise_failures(self) -> None:
        """Raise what a piece of the world's own work failed with."""
        if self._failures:
            raise self._failures[0]

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._failures.append(error)

    def boarded(self, sort: str, *, by_bytes: bool) -> None:
        """Count a boarding by the sort of its medium."""
        self.boardings[sort] += 1
        self.byte_boardings[sort] += by_bytes

    def note(self, who: str, words: str, *, card: str = "") -> None:
        """Write into the chronicle."""
        self.chronicle.note(self.now_ms(), who, words, card)


async def eventually(condition: Callable[[], bool], *, within_s: float, every_s: float) -> bool:
    """Look again and again until ``condition`` holds; False where it never did within the bound."""
    looks = int(within_s / every_s)
    for _ in range(looks):
        if condition():
            return True
        await asyncio.sleep(every_s)
    return condition()
