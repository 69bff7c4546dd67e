"""ACS serial frames, the reader's side: 02, body, XOR, 03, and the four bytes that answer each of them at once."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Final, NamedTuple

TAKEN: Final = 0x00
BAD_CHECK: Final = 0xFF
TOO_LONG: Final = 0xFE
BAD_END: Final = 0xFD
LONGEST_CONTENT: Final = 0x0105
_HEADER: Final = 10
_REPEAT: Final = bytes(12)


class AcsMessage(NamedTuple):
    """One CCID message and the envelope it came in: 0 for 02, 1 for 12, 2 for 22."""

    envelope: int
    kind: int
    slot: int
    sequence: int
    content: bytes


class Refused(NamedTuple):
    """A frame that was not taken: the code of the status that says so, and its envelope."""

    envelope: int
    code: int


class Repeat(NamedTuple):
    """The host wants the last answer again."""


Heard = AcsMessage | Refused | Repeat


def status(envelope: int, code: int) -> bytes:
    """Return the four bytes that answer a frame at once."""
    return bytes([0x02 + 16 * envelope, code, code, 0x03 + 16 * envelope])


def wrap(message: AcsMessage, kind: int, specific: bytes, content: bytes) -> bytes:
    """Return the frame of an answer to ``message``."""
    head = bytes([kind]) + len(content).to_bytes(4, "little") + bytes([message.slot, message.sequence])
    body = head + specific + content
    start = 0x02 + 16 * message.envelope
    return bytes([start]) + body + bytes([reduce(xor, body), start + 1])


class AcsHunter:
    """Finds frames of the host in a stream; bytes between them are passed over."""

    def __init__(self, envelopes: int) -> None:
        self._starts = {0x02 + 16 * number: number for number in range(envelopes)}
        self._buffer = b""

    def feed(self, incoming: bytes) -> list[Heard]:
        """Take bytes in any division and return what they complete."""
        self._buffer += incoming
        heard: list[Heard] = []
        while self._buffer and self._step(heard):
            pass
        return heard

    def _step(self, heard: list[Heard]) -> bool:
        envelope = self._starts.get(self._buffer[0])
        if envelope is None:
            self._buffer = self._buffer[1:]
            return True
        rest = self._buffer[1:]
        if len(rest) < _HEADER:
            return False
        if rest[:1] == b"\x00":
            return self._repeat(rest, heard)
        size = int.from_bytes(rest[1:5], "little")
        if rest[0] >> 4 != 0x06:  # noqa: PLR2004 - no CCID command begins otherwise
            self._buffer = rest
            return True
        if size > LONGEST_CONTENT:
            heard.append(Refused(envelope, TOO_LONG))
            self._buffer = rest
            return True
        if len(rest) < _HEADER + size + 2:
            return False
        self._take(envelope, rest, size, heard)
        return True

    def _take(self, envelope: int, rest: bytes, size: int, heard: list[Heard]) -> None:
        body, check, end = rest[: _HEADER + size], rest[_HEADER + size], rest[_HEADER + size + 1]
        if reduce(xor, body) != check or end != 0x03 + 16 * envelope:
            heard.append(Refused(envelope, BAD_END if reduce(xor, body) == check else BAD_CHECK))
            self._buffer = rest
            return
        heard.append(AcsMessage(envelope, body[0], body[5], body[6], body[_HEADER:]))
        self._buffer = rest[_HEADER + size + 2 :]

    def _repeat(self, rest: bytes, heard: list[Heard]) -> bool:
        if len(rest) < len(_REPEAT):
            return False
        if rest[: len(_REPEAT)] == _REPEAT[:-1] + b"\x03":
            heard.append(Repeat())
            self._buffer = rest[len(_REPEAT) :]
        else:
            self._buffer = rest
        return True
