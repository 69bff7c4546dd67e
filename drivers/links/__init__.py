"""Links carry bytes: a serial port (``serial_port``), or memory (``memory``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Link(Protocol):
    """A line to one device. One reader task, one command at a time.

    Errors are ReaderError: ``LINK_ABSENT``, ``LINK_DENIED``, ``LINK_BUSY`` at opening, ``LINK_LOST`` afterwards.
    """

    @property
    def name(self) -> str:
        """Return the path or name of the line, for messages."""
        ...

    @property
    def is_open(self) -> bool:
        """Say whether the line is open and was not lost since."""
        ...

    async def open(self) -> None:
        """Open and configure the line, flush what lies in it."""
        ...

    def write(self, outgoing: bytes) -> None:
        """Queue bytes for sending; raises ``LINK_LOST`` on a dead line or above the bounded buffer."""
        ...

    async def read(self, timeout_ms: float, at_least: int = 1) -> bytes:
        """Return what has come as soon as it is ``at_least`` so many bytes, or after ``timeout_ms``, be it nothing.

        Raises ``LINK_LOST``.
        """
        ...

    async def drop_input(self) -> int:
        """Discard what has come and was not read; returns how many bytes."""
        ...

    async def set_baud(self, baud: int) -> None:
        """Change the line rate; no effect on memory links."""
        ...

    def health(self) -> Mapping[str, float]:
        """Return what the line knows of itself, for the port's counters: ``latency_timer_ms`` of a USB adapter."""
        ...

    async def close(self) -> None:
        """Release the line; idempotent, never waits for output to drain."""
        ...
