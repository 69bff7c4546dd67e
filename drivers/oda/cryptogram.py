"""The application cryptogram and what the card says with it: issuer application data with CVR (PBOC 3.0, UICS)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from edge.domain.frozen import frozen

CVR_FLAGS: Final[tuple[tuple[int, int, str], ...]] = (
    (0, 0x08, "issuer authentication failed"),
    (0, 0x04, "offline PIN verified"),
    (0, 0x02, "offline PIN failed"),
    (0, 0x01, "unable to go online"),
    (1, 0x80, "last online transaction not completed"),
    (1, 0x40, "PIN tries exceeded"),
    (1, 0x20, "velocity limits exceeded"),
    (1, 0x10, "new card"),
    (1, 0x08, "issuer authentication failed last time"),
    (1, 0x04, "issuer authentication not done after going online"),
    (1, 0x02, "application blocked by the card"),
    (1, 0x01, "SDA failed last time"),
    (2, 0x08, "issuer script failed last time"),
    (2, 0x04, "DDA failed last time"),
    (2, 0x02, "DDA done"),
)
"""Byte of the CVR's value, bit, and what it says: the layout that PBOC took over from VIS."""

_IAD_BYTES: Final = 8
_IAD_FIRST: Final = 0x07
_CVR_BYTES: Final = 0x03


class CryptogramType(StrEnum):
    """What the card decided."""

    AAC = "AAC"
    TC = "TC"
    ARQC = "ARQC"
    RFU = "RFU"


_TYPES: Final = (CryptogramType.AAC, CryptogramType.TC, CryptogramType.ARQC, CryptogramType.RFU)
_ALGORITHMS: Final = {0x01: "3DES", 0x04: "SM4"}


@frozen
class IssuerApplicationFacts:
    """The readable part of 9F10: key index, cryptogram version, CVR, algorithm of the cryptogram, the issuer's rest."""

    key_index: int
    cryptogram_version: int
    cvr: bytes
    algorithm: str
    rest: bytes

    @property
    def cryptogram_type(self) -> CryptogramType:
        """Return the type that bits 6 and 5 of the first byte of the CVR name."""
        return _TYPES[self.cvr[0] >> 4 & 3]

    def flags(self) -> tuple[str, ...]:
        """Return what the bits of the CVR say."""
        return tuple(text for at, bit, text in CVR_FLAGS if self.cvr[at] & bit)


def read_issuer_application(raw: bytes) -> IssuerApplicationFacts | None:
    """Read 9F10 in the form ``07 DKI CVN 03 CVR3 algorithm rest``; None for another scheme's form."""
    if len(raw) < _IAD_BYTES or raw[0] != _IAD_FIRST or raw[3] != _CVR_BYTES:
        return None
    return IssuerApplicationFacts(raw[1], raw[2], raw[4:7], _ALGORITHMS.get(raw[7], f"{raw[7]:02X}"), raw[8:])


def type_of_cid(cid: int) -> CryptogramType:
    """Return the type that bits 8 and 7 of the cryptogram information byte 9F27 name (EMV book 3, 6.5.5.4)."""
    return _TYPES[cid >> 6]
