"""Status codes of the PN532 (NXP UM0701-02 7.1) and what the driver makes of them."""

from __future__ import annotations

from typing import Final

from drivers.conversation import CardLeft
from edge.domain.errors import CardError, OneCardError, ReaderError

ERROR_BITS: Final = 0x3F
MORE: Final = 0x40
"""Another part of a chained answer is to be fetched."""
COLLISION: Final = 0x06

_CARD_LOST: Final = {
    0x01: "the card did not answer",
    0x02: "checksum error on the air",
    0x03: "parity error on the air",
    0x05: "framing error on the air",
    0x0B: "protocol error on the air",
    0x13: "malformed block on the air",
    0x29: "released by the other side",
    0x2B: "the card has disappeared",
}
_HARDWARE: Final = {0x0D: "overheated", 0x2D: "over-current"}
_SWAPPED: Final = {0x2A: "another card answered"}
_MALFORMED: Final = {
    0x04: "wrong bit count in anticollision",
    0x06: "collision on the air",
    0x07: "answer larger than the buffer",
    0x09: "buffer overflow on the air",
    0x23: "wrong check byte of the UID",
}


def fault_of(status: int, step: str) -> OneCardError:
    """Return the error for a status other than 00: the card's, the reader's, or our own defect."""
    error = status & ERROR_BITS
    if error in _CARD_LOST:
        return CardLeft(f"{step}: {_CARD_LOST[error]} ({error:02X})")
    if error in _HARDWARE:
        return ReaderError("READER_HARDWARE", f"{step}: {_HARDWARE[error]} ({error:02X})")
    if error in _SWAPPED:
        return CardError("CARD_SWAPPED", f"{step}: {_SWAPPED[error]} ({error:02X})")
    if error in _MALFORMED:
        return CardError("CARD_MALFORMED", f"{step}: {_MALFORMED[error]} ({error:02X})")
    return ReaderError("READER_REFUSED", f"{step} was refused with status {error:02X}")
