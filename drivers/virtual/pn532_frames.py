"""PN532 host frames, the chip's side: written from NXP UM0701-02 6.2.1, sharing nothing with the product's codec."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

ACK: Final = bytes.fromhex("0000FF00FF00")
ERROR: Final = bytes.fromhex("0000FF01FF7F8100")
FROM_HOST: Final = 0xD4
TO_HOST: Final = 0xD5
EXTENDED_ABOVE: Final = 0xFF
LONGEST: Final = 265
_START: Final = b"\x00\xff"


class Kind(Enum):
    """What the host sent."""

    ACK = "ack"
    NACK = "nack"
    FRAME = "frame"


class HostFrame(NamedTuple):
    """One frame: ``payload`` from TFI on; ``lead_in`` counts the bytes that stood before its start code."""

    kind: Kind
    payload: bytes
    lead_in: int


def wrap(payload: bytes) -> bytes:
    """Return the frame around ``payload`` (TFI and what follows), extended above 255 bytes."""
    length = len(payload)
    if length > EXTENDED_ABOVE:
        size = bytes([length >> 8, length & 0xFF])
        head = b"\xff\xff" + size + bytes([-sum(size) & 0xFF])
    else:
        head = bytes([length, -length & 0xFF])
    return b"\x00" + _START + head + payload + bytes([-sum(payload) & 0xFF]) + b"\x00"


class FrameHunter:
    """Finds host frames in a stream of bytes; what is no frame is passed over and counted."""

    def __init__(self) -> None:
        self._buffer = b""
        self._lead_in = 0
        self.damaged = 0

    def feed(self, incoming: bytes) -> list[HostFrame]:
        """Take bytes in any division and return the frames they complete."""
        self._buffer += incoming
        frames: list[HostFrame] = []
        while self._step(frames):
            pass
        return frames

    def _step(self, frames: list[HostFrame]) -> bool:
        start = self._buffer.find(_START)
        if start < 0:
            kept = self._buffer[-1:] if self._buffer.endswith(b"\x00") else b""
            self._lead_in += len(self._buffer) - len(kept)
            self._buffer = kept
            return False
        self._lead_in += start
        self._buffer = self._buffer[start:]
        after = self._buffer[len(_START) :]
        size = _measure(after)
        if size is None:
            return False
        header, length = size
        if header and len(after) < header + length + 1:
            return False
        payload = after[header : header + length + 1]
        if not header or (length and sum(payload) & 0xFF):
            self.damaged += 1
            self._skip(1)
            return True
        frames.append(self._frame(after[:2], payload[:-1]))
        self._buffer = after[header + length + (1 if length else 0) :]
        self._lead_in = 0
        return True

    def _skip(self, count: int) -> None:
        self._buffer = self._buffer[count:]
        self._lead_in += count

    def _frame(self, code: bytes, payload: bytes) -> HostFrame:
        kinds = {b"\x00\xff": Kind.ACK, b"\xff\x00": Kind.NACK}
        return HostFrame(kinds.get(code, Kind.FRAME), payload, self._lead_in)


def _measure(after: bytes) -> tuple[int, int] | None:
    """Return header and payload length after the start code; (0, 0): not a frame; ``None``: more bytes are needed."""
    if len(after) < 2:  # noqa: PLR2004 - LEN and LCS
        return None
    if after[:2] in {b"\x00\xff", b"\xff\x00"}:
        return 2, 0
    if after[:2] != b"\xff\xff":
        return (2, after[0]) if (after[0] + after[1]) & 0xFF == 0 and after[0] else (0, 0)
    if len(after) < 5:  # noqa: PLR2004 - FF FF, LENM, LENL, LCS
        return None
    length = after[2] << 8 | after[3]
    return (5, length) if sum(after[2:5]) & 0xFF == 0 and 0 < length <= LONGEST else (0, 0)
