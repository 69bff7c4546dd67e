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
from abc import ABC, abstractmethod
from typing import Final, Literal

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


class Twn4Codec(ABC):
    """One command at a time; the next sound answer is its own, what comes unasked is dropped and counted."""

    acknowledges = False

    def __init__(self) -> None:
        self.counters = FrameCounters()
        self._pending = bytearray()
        self._lost = False
        self._awaits = False

    @abstractmethod
    def frame(self, payload: bytes) -> bytes:
        """Return the frame around a payload."""

    @abstractmethod
    def _at_start(self) -> _Found:
        """Return the payload of the frame that the bytes begin with; ``None``: they begin with none."""

    @property
    def partial(self) -> bool:
        """Say whether the bytes received end inside a frame."""
        return bool(self._pending)

    def send(self, command: ReaderCommand) -> bytes:
        """Return the frame of a command; the next answer is the one that is awaited."""
        self._awaits = True
        return self.frame(command.body)

    def receive_data(self, incoming: bytes) -> None:
        """Take bytes from the line."""
        self._pending += incoming

    def next_event(self) -> FrameEvent | Literal[NeedData.NEED_DATA]:
        """Return Answered (results without the error byte), Rejected, Damaged, or NEED_DATA."""
        while self._pending:
            found = self._at_start()
            if found is None:
                self._drop(1)
            elif not isinstance(found, bytes):
                return found
            elif self._awaits:
                self._awaits = False
                return Rejected(f"error {found[0]:02X}") if found[0] else Answered(found[1:])
            else:
                self.counters.strangers += 1
        return NEED_DATA

    def give_up_partial(self) -> None:
        """Hunt on behind the start of a frame that does not end."""
        self._drop(min(len(self._pending), 1))
        self._lost = True

    def reset(self) -> None:
        """Forget all bytes and the awaited answer."""
        self._drop(len(self._pending))
        self._lost = self._awaits = False

    def nack(self) -> bytes:
        """Return nothing: an answer cannot be asked for again."""
        return b""

    def abort(self) -> bytes:
        """Return nothing: a command runs to its end."""
        return b""

    def _take(self, count: int, payload: bytes) -> bytes:
        del self._pending[:count]
        self.counters.frames += 1
        self._lost = False
        return payload

    def _damaged(self, reason: str) -> Damaged | None:
        """Report the first damage; while hunting for the next whole frame, go on in silence."""
        if self._lost:
            return None
        self._lost = True
        self.counters.checksum_errors += 1
        self._drop(1)
        return Damaged(reason)

    def _drop(self, count: int) -> None:
        self.counters.dropped_bytes += count
        del self._pending[:count]


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
