"""Frames of ZLG reader modules (ZLG600A, ZLG522S, ZSN603) and the host's side of their line.

===  =====================================================================================================
old  LEN (whole frame), class, command or status, length, payload, BCC (NOT of the XOR before it), ``03``
new  address (B2 to the reader, B3 from it), slot, sequence, class, command16le or status16le, length16le,
     payload, SUM16le (NOT of the 16-bit sum of all before)
===  =====================================================================================================

A command's body is slot, class, command and payload; an answer's is the status in two bytes, low one first, and the
payload. Answers name the class of their question alone. A reader that looks for cards by itself pushes frames of class
02: strangers. XOR and sum do not notice flips that make up for each other: the limit of these checks. Source: public
drivers, ZLG600A-T2 manual.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import reduce
from operator import xor
from typing import Final, Literal, NamedTuple

from drivers.frame_hunt import FrameHunt
from drivers.framing import NEED_DATA, Answered, Damaged, FrameCounters, FrameEvent, NeedData, ReaderCommand

TO_READER: Final = 0xB2
FROM_READER: Final = 0xB3
_NOBODY: Final = -1
_OLD_HEADER: Final = 4
_OLD_OVERHEAD: Final = 6
_OLD_END: Final = 0x03
_NEW_HEADER: Final = 8
_SUM_BYTES: Final = 2


class ZlgFrame(NamedTuple):
    """A sound frame: class, command or status, payload."""

    group: int
    command: int
    payload: bytes


_Found = ZlgFrame | Damaged | Literal[NeedData.NEED_DATA] | None


class ZlgCodec(FrameHunt[ZlgFrame]):
    """One command at a time; the next answer of its class is its own, every other is dropped and counted."""

    acknowledges = False
    answer_bytes_min = 1
    payload_bytes_max: int

    def __init__(self) -> None:
        super().__init__(FrameCounters())
        self._awaited = _NOBODY

    @abstractmethod
    def frame(self, group: int, command: int, payload: bytes, slot: int = 0) -> bytes:
        """Return the frame of a command."""

    def send(self, command: ReaderCommand) -> bytes:
        """Return the frame of a command; an answer of its class is awaited from now on."""
        slot, group, code = command.body[:3]
        self._awaited = group
        return self.frame(group, code, command.body[3:], slot)

    def next_event(self) -> FrameEvent | Literal[NeedData.NEED_DATA]:
        """Return Answered (status and payload), Damaged, or NEED_DATA."""
        while True:
            found = self.next_found()
            if not isinstance(found, ZlgFrame):
                return found
            if found.group == self._awaited:
                self._awaited = _NOBODY
                return Answered(found.command.to_bytes(2, "little") + found.payload)
            self.counters.strangers += 1

    def reset(self) -> None:
        """Forget all bytes and the awaited answer."""
        super().reset()
        self._awaited = _NOBODY

    def nack(self) -> bytes:
        """Return nothing: an answer cannot be asked for again."""
        return b""

    def abort(self) -> bytes:
        """Return nothing: a command runs to its end."""
        return b""


class OldCodec(ZlgCodec):
    """The old frame: 249 bytes of payload, no slots."""

    payload_bytes_max = 249

    def frame(self, group: int, command: int, payload: bytes, slot: int = 0) -> bytes:
        """Return the frame of a command; there is no room for a slot."""
        del slot
        covered = bytes((len(payload) + _OLD_OVERHEAD, group, command, len(payload))) + payload
        return covered + bytes((~reduce(xor, covered) & 0xFF, _OLD_END))

    def _at_start(self) -> _Found:
        whole = self._pending[0]
        if whole < _OLD_OVERHEAD:
            return None
        if len(self._pending) < _OLD_HEADER:
            return NEED_DATA
        if self._pending[3] + _OLD_OVERHEAD != whole:
            return None
        if len(self._pending) < whole:
            return NEED_DATA
        covered = self._pending[: whole - 2]
        if (~reduce(xor, covered) & 0xFF, _OLD_END) != (self._pending[whole - 2], self._pending[whole - 1]):
            return self._damaged("checksum")
        return self._take(whole, ZlgFrame(covered[1], covered[2], bytes(covered[_OLD_HEADER:])))


class NewCodec(ZlgCodec):
    """The new frame: 272 bytes of payload, slots."""

    payload_bytes_max = 272

    def frame(self, group: int, command: int, payload: bytes, slot: int = 0) -> bytes:
        """Return the frame of a command."""
        numbers = command.to_bytes(2, "little") + len(payload).to_bytes(2, "little")
        covered = bytes((TO_READER, slot, 0, group)) + numbers + payload
        return covered + _checksum(covered)

    def _at_start(self) -> _Found:
        if self._pending[0] != FROM_READER:
            return None
        if len(self._pending) < _NEW_HEADER:
            return NEED_DATA
        end = _NEW_HEADER + int.from_bytes(self._pending[6:8], "little")
        if end > _NEW_HEADER + self.payload_bytes_max:
            return self._damaged("length")
        if len(self._pending) < end + _SUM_BYTES:
            return NEED_DATA
        covered = bytes(self._pending[:end])
        if _checksum(covered) != self._pending[end : end + _SUM_BYTES]:
            return self._damaged("checksum")
        status = int.from_bytes(covered[4:6], "little")
        return self._take(end + _SUM_BYTES, ZlgFrame(covered[3], status, covered[_NEW_HEADER:]))


def _checksum(covered: bytes) -> bytes:
    return (~sum(covered) & 0xFFFF).to_bytes(_SUM_BYTES, "little")
