"""What a virtual device is: bytes in, replies with their delays out. No clock, no line, no event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol


class Reply(NamedTuple):
    """Bytes for the host, ``delay_ms`` after the reply before it (or after the bytes that caused it).

    ``cancels`` first drops every reply that still waits: a PN532 forgets its answer when the host sends ACK or a new
    command.
    """

    delay_ms: float
    outgoing: bytes
    cancels: bool = False


Unsolicited = Callable[[Reply], None]


def nobody(_reply: Reply) -> None:
    """Drop what a device says before it is put on a line."""


class VirtualDevice(Protocol):
    """A device on a serial line."""

    on_unsolicited: Unsolicited
    """Called with what the device says later or by itself: a held answer, a slot change."""

    def receive(self, incoming: bytes) -> list[Reply]:
        """Take bytes in any division and return what they cause; never raises for bad bytes."""
        ...
