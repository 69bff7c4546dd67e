"""PN532 frames (NXP UM0701-02 6.2.1): bytes to frames and back, for either direction.

====================  ============================================================================
normal                ``00`` ``00 FF`` LEN LCS TFI PD0..PDn DCS ``00``
extended              ``00`` ``00 FF`` ``FF FF`` LENM LENL LCS TFI PD0..PDn DCS ``00``
ACK, NACK             ``00 00 FF 00 FF 00``, ``00 00 FF FF 00 00``
error                 ``00 00 FF 01 FF 7F 81 00``
====================  ============================================================================

LEN counts TFI and the bytes after it. LEN + LCS, LENM + LENL + LCS and TFI + .. + DCS are 0 modulo 256. The lead-in
and the last ``00`` may have any length, none included.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal

from drivers.framing import NEED_DATA, Damaged, FrameCounters, NeedData
from edge.domain.frozen import frozen

HOST_TO_READER: Final = 0xD4
READER_TO_HOST: Final = 0xD5
ERROR_FRAME: Final = 0x7F
FRAME_BYTES_MAX: Final = 265
"""TFI, command code and 263 bytes: the largest extended frame the chip accepts."""

START: Final = b"\x00\xff"
_NORMAL_MAX: Final = 255
_FILLER: Final = 0x00


class Short(Enum):
    """The two frames without content."""

    ACK = b"\x00\x00\xff\x00\xff\x00"
    NACK = b"\x00\x00\xff\xff\x00\x00"


@frozen
class Frame:
    """A sound frame: its direction and what it carries."""

    tfi: int
    payload: bytes


def encode(tfi: int, payload: bytes) -> bytes:
    """Return the frame; extended only where it must be. Raises ``ValueError`` above the chip's limit."""
    length = len(payload) + 1
    if length > FRAME_BYTES_MAX:
        raise ValueError(f"{length} bytes do not fit a PN532 frame of {FRAME_BYTES_MAX}")
    if length > _NORMAL_MAX:
        high, low = divmod(length, 256)
        header = bytes((0xFF, 0xFF, high, low, -(high + low) & 0xFF))
    else:
        header = bytes((length, -length & 0xFF))
    check = -(tfi + sum(payload)) & 0xFF
    return b"\x00" + START + header + bytes((tfi,)) + payload + bytes((check, 0x00))


class FrameParser:
    """Finds frames in a stream of bytes, whatever lies between them."""

    def __init__(self, counters: FrameCounters, frame_bytes_max: int = FRAME_BYTES_MAX) -> None:
        self._counters = counters
        self._frame_bytes_max = frame_bytes_max
        self._pending = bytearray()

    @property
    def partial(self) -> bool:
        """Say whether the bytes so far end inside a frame."""
        return len(self._pending) > 1

    def receive_data(self, incoming: bytes) -> None:
        """Take bytes however they were cut."""
        self._pending += incoming

    def reset(self) -> None:
        """Forget everything received."""
        self._drop(len(self._pending))

    def give_up_partial(self) -> None:
        """Hunt on behind the start code of a frame that does not end."""
        self._drop(min(len(self._pending), 1))

    def next_frame(self) -> Frame | Short | Damaged | Literal[NeedData.NEED_DATA]:
        """Return the next frame, the news of a damaged one, or NEED_DATA."""
        self._hunt()
        header = self._pending[2:7]
        if len(header) < 2:  # noqa: PLR2004 - LEN and LCS
            return NEED_DATA
        if header[:2] == b"\x00\xff":
            return self._short(Short.ACK)
        if header[:2] == b"\xff\x00":
            return self._short(Short.NACK)
        if header[:2] != b"\xff\xff":
            return self._content(4, header[0], sum(header[:2]))
        if len(header) < 5:  # noqa: PLR2004 - FF FF, two bytes of length, LCS
            return NEED_DATA
        return self._content(7, header[2] << 8 | header[3], sum(header[2:5]))

    def _hunt(self) -> None:
        start = self._pending.find(START)
        if start < 0:
            start = len(self._pending) - (1 if self._pending.endswith(START[:1]) else 0)
        if start:
            self._drop(start)

    def _drop(self, count: int) -> None:
        dropped = self._pending[:count]
        self._counters.dropped_bytes += count - dropped.count(_FILLER)
        del self._pending[:count]

    def _short(self, short: Short) -> Short:
        del self._pending[:4]
        self._counters.frames += 1
        return short

    def _content(self, start: int, length: int, length_check: int) -> Frame | Damaged | Literal[NeedData.NEED_DATA]:
        if length_check & 0xFF or not 0 < length <= self._frame_bytes_max:
            return self._damaged("length")
        end = start + length
        if len(self._pending) <= end:
            return NEED_DATA
        if sum(self._pending[start : end + 1]) & 0xFF:
            return self._damaged("checksum")
        frame = Frame(self._pending[start], bytes(self._pending[start + 1 : end]))
        if not _known(frame):
            return self._damaged("direction")
        del self._pending[: end + 1]
        self._counters.frames += 1
        return frame

    def _damaged(self, reason: str) -> Damaged:
        self._counters.checksum_errors += 1
        self._drop(1)
        return Damaged(reason)


def _known(frame: Frame) -> bool:
    """Say whether a frame has a direction. An ACK with one flipped bit looks like a frame without."""
    if frame.tfi == ERROR_FRAME:
        return not frame.payload
    return frame.tfi in (HOST_TO_READER, READER_TO_HOST) and bool(frame.payload)
