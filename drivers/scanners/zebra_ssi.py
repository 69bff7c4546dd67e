"""Zebra's Simple Serial Interface: LEN, opcode, source, status, parameters, checksum (guide 72E-40451).

LEN counts itself and everything before the checksum, which is the two's complement of the sum of those bytes, high byte
first. Every sound packet with decoded bytes is acknowledged. Bit 1 of the status says that a further packet follows;
engines in the field set other bits than the guide names, and no packet is refused for them.
"""

from __future__ import annotations

from collections import deque
from enum import IntEnum
from typing import Final, Literal

from drivers.framing import NEED_DATA, Damaged, FrameCounters, NeedData, ResendAsked
from drivers.scanning import (
    Answered,
    ScanEvent,
    Scanned,
    ScannerModel,
    ScannerSettings,
    body_of,
    refuse_flash,
    without_prefixes,
)
from edge.domain.errors import ConfigError

HOST: Final = 0x04
ENGINE: Final = 0x00
HEADER_BYTES: Final = 4
CHECK_BYTES: Final = 2
BODY_BYTES_MAX: Final = 252
CONTINUED: Final = 0x02
PERMANENT: Final = 0x08
"""Status bit of PARAM_SEND: the engine keeps the value."""
RESEND: Final = 0x01


class Opcode(IntEnum):
    """The opcodes that are sent or understood."""

    REQUEST_REVISION = 0xA3
    REPLY_REVISION = 0xA4
    PARAM_SEND = 0xC6
    ACK = 0xD0
    NAK = 0xD1
    START = 0xE4
    STOP = 0xE5
    ENABLE = 0xE9
    DECODED = 0xF3


def encode(opcode: int, source: int, status: int, parameters: bytes = b"") -> bytes:
    """Return one packet; raises ``ValueError`` above 251 bytes of parameters."""
    body = bytes((HEADER_BYTES + len(parameters), opcode, source, status)) + parameters
    return body + (-sum(body) & 0xFFFF).to_bytes(CHECK_BYTES, "big")


class SsiCodec:
    """The host's side. Hunts for packets of the engine whatever lies between them."""

    def __init__(self, settings: ScannerSettings) -> None:
        """Raise ``CONFIG_VALUE`` for set-up commands that are no opcode with status, or would be kept."""
        for step in settings.commands:
            _parsed(step)
        self.counters = FrameCounters()
        self._settings = settings
        self._pending = bytearray()
        self._parts = bytearray()
        self._events: deque[ScanEvent] = deque()
        self._owed = b""
        self._awaited = False

    @property
    def partial(self) -> bool:
        """Say whether a packet, or a code of several packets, has begun."""
        return bool(self._pending or self._parts)

    def command(self, step: str) -> bytes:
        """Return the packet of a command written as opcode, status and parameters in hexadecimal."""
        body = _parsed(step)
        self._awaited = True
        return encode(body[0], HOST, body[1], body[2:])

    def trigger(self) -> bytes:
        """Return START_DECODE."""
        return encode(Opcode.START, HOST, 0)

    def receive_data(self, incoming: bytes) -> None:
        """Take bytes from the line."""
        self._pending += incoming
        self._parse()

    def line_silent(self) -> None:
        """Look for packets behind the start of one that does not end; a code whose rest does not come is dropped."""
        while self._pending:
            self._drop_one()
            self._parse()
        self.counters.dropped_bytes += len(self._parts)
        self._parts.clear()

    def next_event(self) -> ScanEvent | Literal[NeedData.NEED_DATA]:
        """Return Scanned, Answered, ResendAsked or Damaged, or NEED_DATA."""
        return self._events.popleft() if self._events else NEED_DATA

    def bytes_to_send(self) -> bytes:
        """Return the acknowledgements that are due."""
        owed, self._owed = self._owed, b""
        return owed

    def reset(self) -> None:
        """Forget all bytes and the awaited answer."""
        self._pending.clear()
        self._parts.clear()
        self._events.clear()
        self._owed = b""
        self._awaited = False

    def _parse(self) -> None:
        while len(self._pending) >= HEADER_BYTES:
            length, opcode, source, status = self._pending[:HEADER_BYTES]
            if length < HEADER_BYTES or source != ENGINE or opcode not in _FROM_ENGINE:
                self._drop_one()
                continue
            end = length + CHECK_BYTES
            if len(self._pending) < end:
                return
            packet = bytes(self._pending[:end])
            if sum(packet[:length]) + int.from_bytes(packet[length:], "big") & 0xFFFF:
                self._damaged(opcode)
                continue
            del self._pending[:end]
            self.counters.frames += 1
            self._on_packet(opcode, status, packet[HEADER_BYTES:length])

    def _drop_one(self) -> None:
        del self._pending[:1]
        self.counters.dropped_bytes += 1

    def _damaged(self, opcode: int) -> None:
        """Ask for decoded bytes again; an answer is asked for again by its command."""
        self.counters.checksum_errors += 1
        self._drop_one()
        self._events.append(Damaged("checksum"))
        if opcode == Opcode.DECODED:
            self._owed = encode(Opcode.NAK, HOST, 0, bytes((RESEND,)))

    def _on_packet(self, opcode: int, status: int, parameters: bytes) -> None:
        if opcode == Opcode.DECODED:
            self._on_decoded(status, parameters[1:])
        elif not self._awaited:
            self.counters.strangers += 1
        elif opcode == Opcode.NAK and parameters[:1] == bytes((RESEND,)):
            self._events.append(ResendAsked())
        else:
            self._awaited = False
            self._events.append(Answered(opcode != Opcode.NAK, parameters))

    def _on_decoded(self, status: int, content: bytes) -> None:
        """Join the packets of one code. The first byte of each, the code type, was taken off."""
        self._owed = encode(Opcode.ACK, HOST, 0)
        self._parts += content
        if len(self._parts) > self._settings.payload_bytes_max:
            self.counters.dropped_bytes += len(self._parts)
            self._parts.clear()
            self._events.append(Damaged("longer than any code"))
        elif not status & CONTINUED:
            payload = without_prefixes(bytes(self._parts))
            self._parts.clear()
            if payload:
                self._events.append(Scanned(payload))


_FROM_ENGINE: Final = frozenset({Opcode.ACK, Opcode.NAK, Opcode.REPLY_REVISION, Opcode.DECODED})


def _parsed(step: str) -> bytes:
    body = body_of(step)
    if not 2 <= len(body) <= BODY_BYTES_MAX:  # noqa: PLR2004 - opcode and status
        raise ConfigError("CONFIG_VALUE", f"the scanner set-up `{step}` is not an opcode, a status and parameters")
    if body[0] == Opcode.PARAM_SEND and body[1] & PERMANENT:
        raise refuse_flash(step)
    return body


def _framed(_settings: ScannerSettings) -> str:
    return ""


MODELS: Final = (ScannerModel("zebra_ssi", SsiCodec, _framed, (ScannerSettings(identify="A300"),)),)
