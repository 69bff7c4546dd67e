"""Which APDUs may be sent twice: those that read and change nothing, on cards and SAMs alike."""

from __future__ import annotations

from typing import Final

READING_INS: Final = frozenset(
    {
        0xA4,  # SELECT
        0xB0,  # READ BINARY
        0xB2,  # READ RECORD
        0x84,  # GET CHALLENGE
        0xCA,  # GET DATA
        0x5C,  # GET BALANCE (PBOC e-purse)
        0x5A,  # GET TRANSACTION PROVE (PBOC e-purse)
    }
)


def repeatable(apdu: bytes) -> bool:
    """Say whether carrying this APDU out twice does no harm; unknown instructions are not repeated."""
    return len(apdu) > 1 and apdu[1] in READING_INS
