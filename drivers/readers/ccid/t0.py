"""APDUs over T=0 for a reader at TPDU level (ISO/IEC 7816-3 12.2): the host fetches answers itself."""

from __future__ import annotations

from typing import Final

_HEADER_BYTES: Final = 4
_GET_RESPONSE: Final = b"\x00\xc0\x00\x00"
_MORE: Final = 0x61
_WRONG_LENGTH: Final = 0x6C


def as_tpdu(apdu: bytes) -> bytes:
    """Return what T=0 carries: P3 added where the APDU has neither body nor Le, Le cut off behind a body."""
    if len(apdu) == _HEADER_BYTES:
        return apdu + b"\x00"
    if len(apdu) > _HEADER_BYTES + 1:
        return apdu[: _HEADER_BYTES + 1 + apdu[_HEADER_BYTES]]
    return apdu


def follow_up(tpdu: bytes, answer: bytes) -> bytes:
    """Return the command that the status word asks for (61xx: GET RESPONSE, 6Cxx: again with this Le), or none."""
    first, second = answer[-2:]
    if first == _MORE:
        return _GET_RESPONSE + bytes((second,))
    if first == _WRONG_LENGTH and len(tpdu) == _HEADER_BYTES + 1:
        return tpdu[:_HEADER_BYTES] + bytes((second,))
    return b""
