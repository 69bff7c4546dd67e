"""GemCore serial frames around CCID bodies, the reader's side: 03 06, body, LRC. Own code, as the codec's twin."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Final, NamedTuple

START: Final = b"\x03\x06"
DAMAGED: Final = b"\x03\x15\x16"
HEADER: Final = 10
LONGEST: Final = 271
"""The largest body, header included."""


class HostMessage(NamedTuple):
    """One CCID message: type, slot, sequence, three specific bytes, content."""

    kind: int
    slot: int
    sequence: int
    specific: bytes
    content: bytes


def lrc(covered: bytes) -> int:
    """Return the XOR of all bytes."""
    return reduce(xor, covered, 0)


def wrap(kind: int, slot: int, sequence: int, specific: bytes, content: bytes) -> bytes:
    """Return the frame of one answer."""
    body = bytes([kind]) + len(content).to_bytes(4, "little") + bytes([slot, sequence]) + specific + content
    framed = START + body
    return framed + bytes([lrc(framed)])


class MessageHunter:
    """Finds messages in a stream; ``None`` in the list stands for a frame that arrived damaged."""

    def __init__(self) -> None:
        self._buffer = b""
        self.repeats_asked = 0

    def feed(self, incoming: bytes) -> list[HostMessage | None]:
        """Take bytes in any division and return the messages they complete."""
        self._buffer += incoming
        found: list[HostMessage | None] = []
        while self._step(found):
            pass
        return found

    def _step(self, found: list[HostMessage | None]) -> bool:
        if self._buffer.startswith(DAMAGED):
            self._buffer = self._buffer[len(DAMAGED) :]
            self.repeats_asked += 1
            return True
        start = self._buffer.find(START)
        asked = self._buffer.find(DAMAGED)
        if asked >= 0 and (start < 0 or asked < start):
            self._buffer = self._buffer[asked:]
            return True
        if start < 0:
            self._buffer = self._buffer[-2:] if self._buffer[-1:] in {b"\x03", b"\x15"} else b""
            return False
        self._buffer = self._buffer[start:]
        return self._take(found)

    def _take(self, found: list[HostMessage | None]) -> bool:
        if len(self._buffer) < len(START) + HEADER:
            return False
        header = self._buffer[len(START) : len(START) + HEADER]
        length = int.from_bytes(header[1:5], "little")
        end = len(START) + HEADER + length
        if length > LONGEST - HEADER:
            self._damaged(found)
            return True
        if len(self._buffer) <= end:
            return False
        frame = self._buffer[: end + 1]
        if lrc(frame):
            self._damaged(found)
            return True
        content = frame[len(START) + HEADER : end]
        found.append(HostMessage(header[0], header[5], header[6], header[7:], content))
        self._buffer = self._buffer[end + 1 :]
        return True

    def _damaged(self, found: list[HostMessage | None]) -> None:
        """Report the damage; what follows the false start may still hold a sound frame."""
        found.append(None)
        self._buffer = self._buffer[len(START) :]
