"""Bytes that have come from a line, and the one reader that waits for them."""

from __future__ import annotations

import asyncio
from typing import Final

from drivers.links.bell import Bell
from edge.domain.errors import ReaderError

BYTES_MAX: Final = 65_536
"""What is kept of a line that nobody reads; older bytes go first."""


class Inbox:
    """Collects bytes between two reads; :meth:`lose` ends it for good."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._waiter: Bell | None = None
        self._awaited = 1
        self.lost: ReaderError | None = None

    def put(self, incoming: bytes) -> None:
        """Add bytes, and wake the reader where they are what it waits for."""
        self._bytes += incoming
        del self._bytes[:-BYTES_MAX]
        if len(self._bytes) >= self._awaited:
            self._wake()

    def lose(self, error: ReaderError) -> None:
        """End the line: the reader gets what is left, then this error."""
        self.lost = self.lost or error
        self._wake()

    def drop(self) -> int:
        """Discard everything; returns how many bytes."""
        count = len(self._bytes)
        self._bytes.clear()
        return count

    async def take(self, timeout_ms: float, at_least: int = 1) -> bytes:
        """Return what has come, once it is ``at_least`` so much or after ``timeout_ms``; raises a lost line's error."""
        if len(self._bytes) < at_least and self.lost is None and timeout_ms > 0:
            self._awaited = at_least
            await self._wait(timeout_ms)
        if self._bytes:
            taken = bytes(self._bytes)
            self._bytes.clear()
            return taken
        if self.lost is not None:
            raise ReaderError(self.lost.code, str(self.lost.args[0]))
        return b""

    async def _wait(self, timeout_ms: float) -> None:
        loop = asyncio.get_running_loop()
        self._waiter = waiter = Bell(loop)
        timer = loop.call_later(timeout_ms / 1000, waiter.ring)
        try:
            await waiter
        finally:
            timer.cancel()
            if self._waiter is waiter:  # else the next reader waits already, and this one was cancelled
                self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None:
            self._waiter.ring()
