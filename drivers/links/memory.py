"""A line in memory: the same semantics as a serial port, with a virtual device at its far end.

Delays are loop timers, so that a line runs as well on a virtual clock.
"""

from __future__ import annotations

from collections.abc import Mapping

from drivers.links.inbox import Inbox
from drivers.virtual.device import VirtualDevice
from drivers.virtual.pump import ReplyPump
from edge.domain.errors import ReaderError


class MemoryLine:
    """The cable: one device at one end, at most one open link at the other. It can be pulled and put back.

    ``pump`` carries the device's replies and has the faults a line can have.
    """

    def __init__(self, name: str, device: VirtualDevice) -> None:
        self.name = name
        self.plugged = True
        self.holder: MemoryLink | None = None
        self.pump = ReplyPump(device, self._arrive)

    def link(self) -> MemoryLink:
        """Return a link to the device, not yet open."""
        return MemoryLink(self)

    def unplug(self) -> None:
        """Pull the cable: the open link is lost at once, and what was on its way with it."""
        self.plugged = False
        self.pump.stop()
        if self.holder is not None:
            self.holder.lose(f"{self.name} went away")

    def plug(self) -> None:
        """Put the cable back."""
        self.plugged = True

    def _arrive(self, outgoing: bytes) -> None:
        if self.holder is not None:
            self.holder.arrive(outgoing)


class MemoryLink:
    """A :class:`drivers.links.Link` over a :class:`MemoryLine`."""

    def __init__(self, line: MemoryLine) -> None:
        self.line = line
        self.baud = 0
        self._inbox = Inbox()

    @property
    def name(self) -> str:
        """Return the line's name."""
        return self.line.name

    @property
    def is_open(self) -> bool:
        """Say whether this link holds the line."""
        return self.line.holder is self

    async def open(self) -> None:
        """Take the line; raises ``LINK_ABSENT`` for a pulled cable, ``LINK_BUSY`` where another link holds it."""
        await self.close()
        if not self.line.plugged:
            raise ReaderError("LINK_ABSENT", f"{self.name}: no such line")
        if self.line.holder is not None:
            raise ReaderError("LINK_BUSY", f"{self.name}: another link holds the line")
        self.line.holder = self
        self.baud = 0
        self._inbox = Inbox()

    def write(self, outgoing: bytes) -> None:
        """Give bytes to the device; raises ``LINK_LOST``."""
        if not self.is_open:
            raise self._inbox.lost or ReaderError("LINK_LOST", f"{self.name} is not open")
        self.line.pump.feed(outgoing)

    async def read(self, timeout_ms: float, at_least: int = 1) -> bytes:
        """Return what has come, once it is ``at_least`` so many bytes or after ``timeout_ms``; raises ``LINK_LOST``."""
        return await self._inbox.take(timeout_ms, at_least)

    async def drop_input(self) -> int:
        """Discard what has come and was not read; returns how many bytes."""
        return self._inbox.drop()

    async def set_baud(self, baud: int) -> None:
        """Remember the rate; it has no effect in memory."""
        self.baud = baud

    def health(self) -> Mapping[str, float]:
        """Return nothing: memory has no adapter."""
        return {}

    async def close(self) -> None:
        """Let go of the line; idempotent."""
        if self.is_open:
            self.lose(f"{self.name} was closed")

    def arrive(self, incoming: bytes) -> None:
        """Take bytes from the device."""
        self._inbox.put(incoming)

    def lose(self, message: str) -> None:
        """End this link."""
        self.line.holder = None
        self._inbox.lose(ReaderError("LINK_LOST", message))
