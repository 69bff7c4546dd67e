"""The GemCore envelope around a CCID message (GemCore POS Pro, SIM Pro, GemPC Twin).

``03 06`` message LRC, where LRC is the XOR of all bytes before it, so that a sound frame XORs to 00. ``03 15 16``
says that our frame arrived damaged. Between frames: ``50 02`` and ``50 03`` for a card taken out or put in, single
bytes ``80..FF`` while a T=0 card asks for time. XOR does not notice two flips of the same bit: the limit of this
check. Source: the serial part of the public CCID driver for pcsc-lite.
"""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Final, Literal

from drivers.frame_hunt import FrameHunt
from drivers.framing import NEED_DATA, FrameCounters, MoreTime, NeedData, ResendAsked, SlotMoved
from drivers.readers.ccid.envelope import EnvelopeEvent
from drivers.readers.ccid.message import HEADER_BYTES

_SYNC: Final = 0x03
_FRAME: Final = b"\x03\x06"
_NAK: Final = b"\x03\x15\x16"
_SLOT_MOVED: Final = 0x50
_TAKEN_OUT: Final = 0x02
_PUT_IN: Final = 0x03
_TIME_ASKED_FROM: Final = 0x80

_Found = EnvelopeEvent | Literal[NeedData.NEED_DATA] | None


def longitudinal_check(covered: bytes | bytearray) -> int:
    """Return the XOR of all bytes."""
    return reduce(xor, covered, 0)


class GemCoreEnvelope(FrameHunt[EnvelopeEvent]):
    """Wraps messages and finds them again in a stream of bytes."""

    acknowledges = False

    def __init__(self, counters: FrameCounters, message_bytes_max: int = 271) -> None:
        super().__init__(counters)
        self._message_bytes_max = message_bytes_max
        self._put_in_before = False

    def wrap(self, message: bytes) -> bytes:
        """Return the frame around a message."""
        framed = _FRAME + message
        return framed + bytes((longitudinal_check(framed),))

    def nack(self) -> bytes:
        """Return nothing: the host cannot ask for the last answer."""
        return b""

    def next_event(self) -> EnvelopeEvent | Literal[NeedData.NEED_DATA]:
        """Return a message, the news of a damaged one, or what the reader says between frames."""
        return self.next_found()

    def _at_start(self) -> _Found:
        self._mend_start()
        first = self._pending[0]
        if first == _SYNC:
            return self._framed()
        return None if self._lost else self._between_frames(first)

    def _framed(self) -> _Found:
        begun = bytes(self._pending[:3])
        if begun == _NAK:
            return self._take(len(_NAK), ResendAsked())
        start = len(_FRAME)
        if not begun.startswith(_FRAME):
            return NEED_DATA if begun in (_NAK[:1], _NAK[:2]) else None
        if len(self._pending) < start + HEADER_BYTES:
            return NEED_DATA
        length = HEADER_BYTES + int.from_bytes(self._pending[start + 1 : start + 5], "little")
        if length > self._message_bytes_max:
            return self._damaged("length")
        if len(self._pending) <= start + length:
            return NEED_DATA
        if longitudinal_check(self._pending[: start + length + 1]):
            return self._damaged("checksum")
        return self._take(start + length + 1, bytes(self._pending[start : start + length]))

    def _between_frames(self, first: int) -> _Found:
        if first >= _TIME_ASKED_FROM:
            return self._take(1, MoreTime())
        if first != _SLOT_MOVED:
            return None
        if len(self._pending) == 1:
            return NEED_DATA
        if self._pending[1] not in (_TAKEN_OUT, _PUT_IN):
            return None
        moved = SlotMoved(present=self._pending[1] == _PUT_IN)
        self._put_in_before = moved.present
        return self._take(2, moved)

    def _mend_start(self) -> None:
        """Give a frame its first byte back where noise ``50`` before it made an event of ``50 03``."""
        if self._put_in_before and self._pending.startswith(_FRAME[1:]):
            self._pending[:0] = _FRAME[:1]
        self._put_in_before = False
