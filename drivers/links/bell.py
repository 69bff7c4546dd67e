"""What one task waits for, and is resumed by in the very callback that rings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context


class Bell:
    """Stands in for a future on a line where every frame is waited for.

    A future of asyncio only schedules whoever waits for it: the loop asks the kernel once more for news of all
    descriptors before the task gets its turn, which is half of all that the loop does in a tap. This one speaks the
    protocol by which a task waits for futures that are not asyncio's own (see ``asyncio.isfuture``) and resumes the
    task at once, unless another one is just running. One task, one ring.
    """

    _asyncio_future_blocking = False

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._resume: Callable[[Bell], object] | None = None
        self._context: Context | None = None
        self._done = False
        self._cancelled = False

    def ring(self) -> None:
        """Resume the task that waits; a second ring is not heard."""
        if self._done:
            return
        self._done = True
        if self._resume is None or self._context is None:
            return
        if asyncio.current_task(self._loop) is None:
            self._context.run(self._resume, self)
        else:
            self._loop.call_soon(self._resume, self, context=self._context)

    def __await__(self) -> Generator[Bell, None, None]:
        if not self._done:
            self._asyncio_future_blocking = True
            yield self
        self.result()

    # -- what a task asks of a future --------------------------------------------------------------------------------

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop of the task that waits."""
        return self._loop

    def add_done_callback(self, resume: Callable[[Bell], object], *, context: Context) -> None:
        """Keep what resumes the task."""
        self._resume, self._context = resume, context

    def cancel(self, msg: object = None) -> bool:
        """Resume the task, a round of the loop later, with its cancellation; too late after a ring."""
        del msg  # the task keeps it
        if self._done:
            return False
        self._done = self._cancelled = True
        if self._resume is not None and self._context is not None:
            self._loop.call_soon(self._resume, self, context=self._context)
        return True

    def result(self) -> None:
        """Raise the cancellation, where it was cancelled."""
        if self._cancelled:
            raise asyncio.CancelledError
