"""A stop announcer or driver's keypad on its line: it speaks when it likes and is asked nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drivers.framing import NEED_DATA, Damaged
from drivers.links import Link
from drivers.place.sentences import SentenceCodec
from edge.domain.duty import Move
from edge.domain.errors import ReaderError

LOOK_MS: Final = 1_000.0


class Announcer:
    """Implements :class:`edge.ports.place.PlaceSource`. A line that is lost is closed and raised."""

    def __init__(self, link: Link, codec: SentenceCodec) -> None:
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

    async def next_move(self) -> Move:
        """Wait for the next move; what is damaged is counted, for an announcer repeats nothing on request."""
        while True:
            event = self._codec.next_event()
            if isinstance(event, Move):
                return event
            self._damaged += isinstance(event, Damaged)
            if event is NEED_DATA:
                self._codec.receive_data(await self._read())

    async def close(self) -> None:
        """Release the line; idempotent."""
        await self._link.close()

    def counters(self) -> Mapping[str, float]:
        """Return the port's counters by name."""
        frames = self._codec.counters
        return {
            "place_reconnects": max(self._opens - 1, 0),
            "place_failures": self._failures,
            "place_frames": frames.frames,
            "place_damaged": self._damaged,
            "place_checksum_errors": frames.checksum_errors,
            "place_strangers": frames.strangers,
            "place_dropped_bytes": frames.dropped_bytes,
        }

    async def _read(self) -> bytes:
        try:
            return await self._link.read(LOOK_MS)
        except ReaderError:
            self._failures += 1
            await self._link.close()
            raise
