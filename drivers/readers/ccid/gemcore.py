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

from drivers.framing import NEED_DATA, Damaged, FrameCounters, MoreTime, NeedData, ResendAsked, SlotMoved
from drivers.readers.ccid.envelope import EnvelopeEvent
from drivers.readers.ccid.message import HEADER_BYTES

_SYNC: Final = 0x03
_FRAME: Final = b"\x03\x06"
_NAK: Final = b"\x03\x15\x16"
_SLOT_MOVED: Final = 0x50
_TAKEN_OUT: Final = 0x02
_PUT_IN: Final = 0x03
_TIME_ASKED_FROM: Final = 0x80


def longitudinal_check(covered: bytes | bytearray) -> int:
    """Return the XOR of all bytes."""
    return reduce(xor, covered, 0)


class GemCoreEnvelope:
    """Wraps messages and finds them again in a stream of bytes."""

    acknowledges = False

    def __init__(self, counters: FrameCounters, message_bytes_max: int = 271) -> None:
        self._counters = counters
        self._message_bytes_max = message_bytes_max
        self._pending = bytearray()
        self._lost = False
        self._put_in_before = False

    @property
    def partial(self) -> bool:
        """Say whether the bytes so far end inside a frame."""
        return bool(self._pending)

    def wrap(self, message: bytes) -> bytes:
        """Return the frame around a message."""
        framed = _FRAME + message
        return framed + bytes((longitudinal_check(framed),))

    def receive_data(self, incoming: bytes) -> None:
        """Take bytes however they were cut."""
        self._pending += incoming

    def reset(self) -> None:
        """Forget everything received."""
        self._drop(len(self._pending))
        self._lost = False

    def give_up_partial(self) -> None:
        """Hunt on behind the start of a frame that does not end."""
        self._drop(min(len(self._pending), 1))
        self._lost = True

    def nack(self) -> bytes:
        """Return nothing: the host cannot ask for the last answer."""
        return b""

    def next_event(self) -> EnvelopeEvent | Literal[NeedData.NEED_DATA]:
        """Return a message, the news of a damaged one, or what the reader says between frames."""
        while self._pending:
            self._mend_start()
            first = self._pending[0]
            if first == _SYNC:
                event = self._framed()
            elif self._lost:
                event = None
            else:
                event = self._between_frames(first)
            if event is not None:
                return event
            self._drop(1)
        return NEED_DATA

    def _framed(self) -> EnvelopeEvent | Literal[NeedData.NEED_DATA] | None:
        begun = bytes(self._pending[:3])
        if begun == _NAK:
            self._consume(len(_NAK))
            return ResendAsked()
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
        message = bytes(self._pending[start : start + length])
        self._consume(start + length + 1)
        return message

    def _between_frames(self, first: int) -> EnvelopeEvent | Literal[NeedData.NEED_DATA] | None:
        if first >= _TIME_ASKED_FROM:
            self._consume(1)
            return MoreTime()
        if first != _SLOT_MOVED:
            return None
        if len(self._pending) == 1:
            return NEED_DATA
        if self._pending[1] not in (_TAKEN_OUT, _PUT_IN):
            return None
        moved = SlotMoved(present=self._pending[1] == _PUT_IN)
        self._consume(2)
        self._put_in_before = moved.present
        return moved

    def _mend_start(self) -> None:
        """Give a frame its first byte back where noise ``50`` before it made an event of ``50 03``."""
        if self._put_in_before and self._pending.startswith(_FRAME[1:]):
            self._pending[:0] = _FRAME[:1]
        self._put_in_before = False

    def _damaged(self, reason: str) -> Damaged:
        """Go on behind the start code, and trust nothing but whole frames until one has come."""
        self._counters.checksum_errors += 1
        self._drop(1)
        self._lost = True
        return Damaged(reason)

    def _consume(self, count: int) -> None:
        del self._pending[:count]
        self._counters.frames += 1
        self._lost = False

    def _drop(self, count: int) -> None:
        self._counters.dropped_bytes += count
        del self._pending[:count]
