"""Opens a gate by a pulse for each accepted tap, in a task of its own: no tap waits for it, whatever it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import field

from edge.domain.errors import OneCardError
from edge.domain.frozen import mutable
from edge.ports.outputs import Outputs
from edge.terminal.events import Broadcast
from edge.terminal.reopening import Reopening


@mutable
class GateLine:
    """One gate, shut but for ``pulse_ms`` after an accepted tap; ``output`` is the way that it opens.

    An answer that is given again is the same tap: who shows a card twice lets nobody through behind.
    It is shut by the opening of its outputs, after every pulse and at the end. Where that fails it is tried until it is
    done; what was accepted meanwhile opens nothing late, for nobody knows who would walk through.
    """

    outputs: Outputs
    broadcast: Broadcast
    report: Callable[[OneCardError], None]
    output: int
    pulse_ms: int
    _opened: str = ""
    _pauses: Reopening = field(default_factory=Reopening)

    @property
    def port(self) -> Outputs:
        """Return the port it serves."""
        return self.outputs

    async def serve(self) -> None:
        """Serve until cancelled; raises the coded errors whose recovery is not this loop's (RESTART, HALT)."""
        while True:
            try:
                await self._serve_opened()
            except OneCardError as error:
                if error.ends_service:
                    raise
                self.report(error)
                await self._pauses.rest()

    async def _serve_opened(self) -> None:
        """Serve until the outputs fail; whatever ends it, they are switched off as far as that is possible."""
        events = self.broadcast.listen()
        try:
            await self.outputs.open()
            while True:
                event = await events.get()
                if event["event"] == "tap" and event["accepted"] and event["tap"] != self._opened:
                    self._opened = event["tap"]
                    await self._pulse()
        finally:
            self.broadcast.leave(events)
            await self.outputs.close()

    async def _pulse(self) -> None:
        self.outputs.switch((self.output,))
        await asyncio.sleep(self.pulse_ms / 1000)
        self.outputs.switch(())
        self._pauses.worked()
