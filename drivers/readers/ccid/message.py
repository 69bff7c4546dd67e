"""The CCID message (USB CCID 1.1 chapter 6): ten bytes of header, then content. No envelope here."""

from __future__ import annotations

from typing import Final

from edge.domain.frozen import frozen

HEADER_BYTES: Final = 10
SLOT_AT: Final = 5
"""Where a message names its slot."""

ICC_POWER_ON: Final = 0x62
ICC_POWER_OFF: Final = 0x63
GET_SLOT_STATUS: Final = 0x65
SET_PARAMETERS: Final = 0x61
XFR_BLOCK: Final = 0x6F
ESCAPE: Final = 0x6B

ANSWER_KINDS: Final = {
    ICC_POWER_ON: 0x80,
    XFR_BLOCK: 0x80,
    ICC_POWER_OFF: 0x81,
    GET_SLOT_STATUS: 0x81,
    SET_PARAMETERS: 0x82,
    ESCAPE: 0x83,
}

ACTIVE: Final = 0
INACTIVE: Final = 1
ABSENT: Final = 2
_SLOT_BITS: Final = 0x03
_FAILED: Final = 0x40
_TIME_EXTENSION: Final = 0x80
MUTE: Final = 0xFE
SLOT_UNKNOWN: Final = 0x05


def request(kind: int, slot: int, content: bytes = b"", specific: bytes = b"\x00\x00\x00") -> bytes:
    """Return a message to the reader with sequence number 00; the codec gives it its own."""
    return bytes((kind,)) + len(content).to_bytes(4, "little") + bytes((slot, 0)) + specific + content


def numbered(message: bytes, sequence: int) -> bytes:
    """Return the message under this sequence number (bSeq)."""
    return message[:6] + bytes((sequence,)) + message[7:]


@frozen
class CcidAnswer:
    """A message from the reader. ``state`` is ACTIVE, INACTIVE or ABSENT; ``error`` has a meaning where it failed."""

    kind: int
    slot: int
    sequence: int
    state: int
    failed: bool
    time_extension: bool
    error: int
    content: bytes

    @classmethod
    def parse(cls, message: bytes) -> CcidAnswer:
        """Read a whole message; raises ``ValueError`` where length and content differ."""
        if len(message) < HEADER_BYTES or int.from_bytes(message[1:5], "little") != len(message) - HEADER_BYTES:
            raise ValueError(f"a CCID message of {len(message)} bytes contradicts its own length")
        status = message[7]
        return cls(
            kind=message[0],
            slot=message[5],
            sequence=message[6],
            state=status & _SLOT_BITS,
            failed=bool(status & _FAILED),
            time_extension=bool(status & _TIME_EXTENSION),
            error=message[8],
            content=message[HEADER_BYTES:],
        )
