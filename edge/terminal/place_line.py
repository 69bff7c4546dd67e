"""Serves one place source beside the taps: an announcer that says where the vehicle is, or a driver's keypad."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import field

from edge.domain.errors import OneCardError
from edge.domain.frozen import mutable
from edge.ports.place import News, PlaceSource
from edge.terminal.reopening import Reopening


@mutable
class PlaceLine:
    """One source, which may fail as often as it likes: taps go on where the vehicle was last. ``take`` follows it."""

    source: PlaceSource
    take: Callable[[News], Awaitable[None]]
    report: Callable[[OneCardError], None]
    _pauses: Reopening = field(default_factory=Reopening)

    @property
    def port(self) -> PlaceSource:
        """Return the port it serves."""
        return self.source

    async def serve(self) -> None:
        """Serve until cancelled; raises the coded errors whose recovery is not this loop's (RESTART, HALT)."""
        while True:
            try:
                await self.source.open()
                news = await self.source.next_news()
                self._pauses.worked()
                await self.take(news)
            except OneCardError as error:
                if error.ends_service:
                    raise
                self.report(error)
                await self.source.close()
                await self._pauses.rest()
