"""Shows the passenger's signals on a text display, in a task of its own: no tap waits for it, whatever it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import field
from typing import Any

from edge.domain.display_text import lines_for
from edge.domain.errors import OneCardError
from edge.domain.frozen import mutable
from edge.ports.display import TextDisplay
from edge.terminal.events import Broadcast
from edge.terminal.spared import Spared


@mutable
class DisplayLine:
    """One display. A signal stands for ``show_ms``, or as long as it says itself, or until the next.

    Of several that wait, the newest is shown.
    """

    display: TextDisplay
    broadcast: Broadcast
    report: Callable[[OneCardError], None]
    language: str
    show_ms: int
    _spared: Spared = field(init=False)
    _stands: bool = False
    _stay_ms: int = 0

    def __post_init__(self) -> None:
        """Tell of failures once."""
        self._spared = Spared(self.report)

    @property
    def port(self) -> TextDisplay:
        """Return the port it serves."""
        return self.display

    async def serve(self) -> None:
        """Serve until cancelled; a display that fails is reported once, and tried again at the next signal."""
        events = self.broadcast.listen()
        try:
            while True:
                signal = await self._newest(events)
                if signal is not None or self._stands:
                    await self._show(() if signal is None else self._lines(signal))
                self._stands = signal is not None
                self._stay_ms = 0 if signal is None else signal["stay_ms"]
        finally:
            self.broadcast.leave(events)

    async def _newest(self, events: asyncio.Queue[dict[str, Any]]) -> dict[str, Any] | None:
        """Wait for a signal; None where none came for as long as the last one stands."""
        found = None
        while found is None or not events.empty():
            try:
                async with asyncio.timeout(max(self.show_ms, self._stay_ms) / 1000):
                    event = await events.get()
            except TimeoutError:
                return None
            found = event if event["event"] == "signal" else found
        return found

    def _lines(self, signal: dict[str, Any]) -> tuple[str, ...]:
        text = str(signal["text"].get(self.language, ""))
        told = signal["fen"], signal["balance_fen"], self.display.columns, self.language
        return lines_for(text, *told, riders=signal["riders"])

    async def _show(self, lines: tuple[str, ...]) -> None:
        with self._spared.trying():
            await self.display.show(lines)
