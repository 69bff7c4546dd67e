"""A stop announcer or driver's keypad on its line: it speaks when it likes and is asked nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drivers.framing import NEED_DATA, Damaged
from drivers.links import Link
from drivers.place.sentences import SentenceCodec
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
        self._opens = 0
        self._failures = 0
        self._damaged = 0

    async def open(self) -> None:
        """Open the line where it is not; raises ReaderError."""
        if self._link.is_open:
            return
        try:
            await self._link.open()
        except ReaderError:
            self._failures += 1
            raise
        self._codec.reset()
        self._opens += 1

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
        named = {
            "reconnects": max(self._opens - 1, 0),
            "failures": self._failures,
            "frames": frames.frames,
            "damaged": self._damaged,
            "checksum_errors": frames.checksum_errors,
            "strangers": frames.strangers,
            "dropped_bytes": frames.dropped_bytes,
        }
        return {f"{self._port}_{name}": value for name, value in named.items()}

    async def _read(self) -> bytes:
        try:
            return await self._link.read(LOOK_MS)
        except ReaderError:
            self._failures += 1
            await self._link.close()
            raise
