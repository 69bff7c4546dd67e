"""Frames of the ELATEC TWN4 simple protocol and the host's side of its line.

==========  ================================================================================================
ASCII       hexadecimal digits and CR; no check at all: a flipped bit can make another answer. For USB only.
binary      LEN16le (payload + 2), payload, CRC16le over the payload (start FFFF, polynomial 8408 reflected)
==========  ================================================================================================

A command is API byte, function byte and parameters, an answer is an error byte (00: none) and results. Answers do not
name their question: after trouble the line must fall silent before the next command. Source: public clients.
"""

from __future__ import annotations

import binascii
import string
from abc import abstractmethod
from typing import Final, Literal

from drivers.frame_hunt import FrameHunt
from drivers.framing import (
    NEED_DATA,
    Answered,
    Damaged,
    FrameCounters,
    FrameEvent,
    NeedData,
    ReaderCommand,
    Rejected,
)

PAYLOAD_BYTES_MAX: Final = 270
"""Error, result, length and 255 bytes, with what a SAM adds."""
CR: Final = 0x0D
_DIGITS: Final = frozenset(string.hexdigits.encode())
_CRC_BYTES: Final = 2
_LENGTH_BYTES: Final = 2

_Found = bytes | Damaged | Literal[NeedData.NEED_DATA] | None


def crc16(covered: bytes) -> int:
    """Return the reflected CRC-16 (polynomial 8408) from FFFF, without a final XOR."""
    crc = 0xFFFF
    for byte in covered:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    return crc


class Twn4Codec(FrameHunt[bytes]):
    """One command at a time; the next sound answer is its own, what comes unasked is dropped and counted."""

    acknowledges = False
    answer_bytes_min = 1

    def __init__(self) -> None:
        super().__init__(FrameCounters())
        self._awaits = False

    @abstractmethod
    def frame(self, payload: bytes) -> bytes:
        """Return the frame around a payload."""

    def send(self, command: ReaderCommand) -> bytes:
        """Return the frame of a command; the next answer is the one that is awaited."""
        self._awaits = True
        return self.frame(command.body)

    def next_event(self) -> FrameEvent | Literal[NeedData.NEED_DATA]:
        """Return Answered (results without the error byte), Rejected, Damaged, or NEED_DATA."""
        while True:
            found = self.next_found()
            if not isinstance(found, bytes):
                return found
            if self._awaits:
                self._awaits = False
                return Rejected(f"error {found[0]:02X}") if found[0] else Answered(found[1:])
            self.counters.strangers += 1

    def reset(self) -> None:
        """Forget all bytes and the awaited answer."""
        super().reset()
        self._awaits = False

    def nack(self) -> bytes:
        """Return nothing: an answer cannot be asked for again."""
        return b""

    def abort(self) -> bytes:
        """Return nothing: a command runs to its end."""
        return b""


class BinaryCodec(Twn4Codec):
    """The binary mode."""

    def frame(self, payload: bytes) -> bytes:
        """Return length, payload and CRC."""
        length = len(payload) + _CRC_BYTES
        return length.to_bytes(_LENGTH_BYTES, "little") + payload + crc16(payload).to_bytes(_CRC_BYTES, "little")

    def _at_start(self) -> _Found:
        if len(self._pending) < _LENGTH_BYTES:
            return NEED_DATA
        length = int.from_bytes(self._pending[:_LENGTH_BYTES], "little")
        if not _CRC_BYTES < length <= PAYLOAD_BYTES_MAX + _CRC_BYTES:
            return None
        end = _LENGTH_BYTES + length
        if len(self._pending) < end:
            return NEED_DATA
        payload = bytes(self._pending[_LENGTH_BYTES : end - _CRC_BYTES])
        if crc16(payload).to_bytes(_CRC_BYTES, "little") != self._pending[end - _CRC_BYTES : end]:
            return self._damaged("checksum")
        return self._take(end, payload)


class AsciiCodec(Twn4Codec):
    """The ASCII mode."""

    def frame(self, payload: bytes) -> bytes:
        """Return the payload's digits and CR."""
        return payload.hex().upper().encode() + bytes((CR,))

    def _at_start(self) -> _Found:
        if self._pending[0] not in _DIGITS:
            return None
        end = self._pending.find(CR)
        if end < 0:
            return NEED_DATA if len(self._pending) <= 2 * PAYLOAD_BYTES_MAX else None
        digits = bytes(self._pending[:end])
        if len(digits) % 2 or not _DIGITS.issuperset(digits):
            return self._damaged("digits")
        return self._take(end + 1, binascii.unhexlify(digits))
