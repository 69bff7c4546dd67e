"""Lights a lamp that the driver sees, in a task of its own: no tap waits for it, whatever it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from edge.domain.errors import OneCardError
from edge.domain.frozen import mutable
from edge.ports.outputs import Outputs
from edge.terminal.events import Broadcast
from edge.terminal.spared import Spared


@mutable
class LampLine:
    """``lamps`` are outputs by the lamp of a signal. Each stands for ``show_ms``, or until the next; then all are dark.

    A lamp tells the driver green, red or amber and no more: not why, and not who.
    """

    outputs: Outputs
    broadcast: Broadcast
    report: Callable[[OneCardError], None]
    lamps: Mapping[str, int]
    show_ms: int
    _spared: Spared = field(init=False)
    _lit: bool = False

    def __post_init__(self) -> None:
        """Tell of failures once."""
        self._spared = Spared(self.report)

    @property
    def port(self) -> Outputs:
        """Return the port it serves."""
        return self.outputs

    async def serve(self) -> None:
        """Serve until cancelled; outputs that fail are reported once, and tried again at the next signal."""
        events = self.broadcast.listen()
        try:
            while True:
                lamp = await self._next(events)
                await self._show(lamp)
                self._lit = lamp is not None
        finally:
            self.broadcast.leave(events)
            await self.outputs.close()

    async def _next(self, events: asyncio.Queue[dict[str, Any]]) -> int | None:
        """Wait for the lamp of the newest signal; None where the last one has stood long enough."""
        found: int | None = None
        while found is None or not events.empty():
            try:
                async with asyncio.timeout(self.show_ms / 1000 if self._lit else None):
                    event = await events.get()
            except TimeoutError:
                return None
            lamp = self.lamps.get(str(event["lamp"])) if event["event"] == "signal" else None
            found = found if lamp is None else lamp
        return found

    async def _show(self, lamp: int | None) -> None:
        with self._spared.trying():
            try:
                await self.outputs.open()
                self.outputs.switch(() if lamp is None else (lamp,))
            except OneCardError:
                await self.outputs.close()
                raise
