"""Tasks and futures that hash by a number counted in their loop instead of by their address.

``asyncio.TaskGroup``, ``asyncio.wait`` and product code keep tasks in sets and walk them; the order of a walk follows
the hashes. With addresses it would change from process to process, and with it the order of cancellations.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Coroutine, Generator
from typing import Any

from edge.simulation.life import LIFE, Life


class NumberedTask(asyncio.Task[Any]):
    """A task with its number in the loop, its label in the trace, and the life that it belongs to."""

    def __init__(
        self,
        coro: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        *,
        loop: asyncio.AbstractEventLoop,
        number: int,
        name: str | None,
        context: contextvars.Context | None,
    ) -> None:
        self.number = number
        title = f"{getattr(coro, '__qualname__', type(coro).__qualname__)}#{number}"
        self.label = f"{title}\n".encode()
        self.home = contextvars.copy_context() if context is None else context
        self.life: Life | None = self.home.get(LIFE)
        self.buried = False
        super().__init__(coro, loop=loop, name=name or title, context=self.home)
        if self.life is not None:
            self.life.tasks.add(self)

    def __hash__(self) -> int:
        return self.number

    def __repr__(self) -> str:
        return f"<task {self.get_name()}{waiting_place(self)}>"


class NumberedFuture(asyncio.Future[Any]):
    """A future with its number in the loop."""

    number = 0

    def __hash__(self) -> int:
        return self.number


def waiting_place(task: asyncio.Task[Any]) -> str:
    """Return `` in FUNCTION (FILE:LINE)``, the innermost place where a suspended task waits; empty when unknown."""
    place = ""
    awaited: Any = task.get_coro()
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is None:
            break
        path = "/".join(frame.f_code.co_filename.split("/")[-2:])
        place = f" in {frame.f_code.co_qualname} ({path}:{frame.f_lineno})"
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
    return place
