"""A stop announcer or driver's keypad on its line: it speaks when it likes and is asked nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drivers.framing import NEED_DATA, Damaged
from drivers.links import Link
from drivers.place.sentences import SentenceCodec
from drivers.port_use import PortUse
from edge.domain.errors import ReaderError
from edge.ports.place import News

LOOK_MS: Final = 1_000.0


class Announcer:
    """Implements :class:`edge.ports.place.PlaceSource`. A line that is lost is closed and raised.

    Its counters are named after ``port``.
    """

    def __init__(self, link: Link, codec: SentenceCodec, port: str = "place") -> None:
        self._port = port
        self._link = link
        self._codec = codec
        self._use = PortUse()
        self._damaged = 0

    async def open(self) -> None:
        """Open the line where it is not; raises ReaderError."""
        if await self._use.open(self._link):
            self._codec.reset()

    async def next_news(self) -> News:
        """Wait for the next move or key; what is damaged is counted, for an announcer repeats nothing on request."""
        while True:
            event = self._codec.next_event()
            if event is NEED_DATA:
                self._codec.receive_data(await self._read())
            elif isinstance(event, Damaged):
                self._damaged += 1
            else:
                return event

    async def close(self) -> None:
        """Release the line; idempotent."""
        await self._link.close()

    def counters(self) -> Mapping[str, float]:
        """Return the port's counters by name."""
        frames = self._codec.counters
        self._use.frames = frames.frames
        named = {
            "damaged": self._damaged,
            "checksum_errors": frames.checksum_errors,
            "strangers": frames.strangers,
            "dropped_bytes": frames.dropped_bytes,
        }
        return {**self._use.named(self._port), **{f"{self._port}_{name}": value for name, value in named.items()}}

    async def _read(self) -> bytes:
        try:
            return await self._link.read(LOOK_MS)
        except ReaderError:
            self._use.failures += 1
            await self._link.close()
            raise
