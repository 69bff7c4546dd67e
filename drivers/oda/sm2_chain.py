"""The SM2 chain of PBOC 3.0: plain certificates of fixed sizes with a signature of 64 bytes behind them.

The layouts of 90, 9F46 and 93 are those of published test cards. No public card shows a dynamic signature: its
header is a setting of the scheme, its form the one of the other three.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from drivers.oda import certificates as cert
from drivers.oda.certificates import Certified, Objects, digits_of, needed
from drivers.oda.expiry import month_end
from drivers.oda.refusal import Fault, OdaRefused, Part
from edge.domain.frozen import frozen

Sm2Verify = Callable[[bytes, bytes, bytes], bool]
"""Public point, signature, message (64, 64, any bytes): whether they fit; false for whatever is malformed."""

Digest = Callable[[bytes], bytes]

POINT_BYTES: Final = 64
SIGNATURE_BYTES: Final = 64
STATIC_BYTES: Final = 67

FORMAT_ISSUER: Final = 0x12
FORMAT_STATIC: Final = 0x13
FORMAT_CARD: Final = 0x14

_SIGNED_BY_SM2: Final = b"\x04\x00"
_KEY_ALGORITHMS: Final = {Part.ISSUER: b"\x11", Part.CARD: b"\x04\x11"}
"""Both are seen in the certificates of cards."""

_ISSUER_NUMBER_BYTES: Final = 4
_CARD_NUMBER_BYTES: Final = 10
_AFTER_NUMBER_BYTES: Final = 9
"""Expiry 2, serial 3, signature algorithm 1, 00, key algorithm 1, length of the point 1."""

_DYNAMIC_BYTES_MAX: Final = 255
_KNOWN_ISSUERS: Final = 256


@frozen
class Sm2Chain:
    """See :class:`drivers.oda.certificates.Chain`. Keys are points of 64 bytes."""

    verify: Sm2Verify
    sm3: Digest
    dynamic_header: int

    def issuer(self, authority: bytes, card: Objects) -> Certified[bytes]:
        """Verify tag 90 by the authority's key."""
        return _issuer(self.verify, authority, needed(Part.ISSUER, card, cert.TAG_ISSUER_CERTIFICATE))

    def card(self, issuer: bytes, card: Objects, static: bytes) -> Certified[bytes]:
        """Verify tag 9F46 and the static data by the issuer's key."""
        raw = needed(Part.CARD, card, cert.TAG_CARD_CERTIFICATE)
        return _certified(Part.CARD, FORMAT_CARD, _CARD_NUMBER_BYTES, self.verify, issuer, raw, static)

    def static(self, issuer: bytes, signed: bytes, static: bytes) -> bytes:
        """Verify tag 93 and the static data by the issuer's key."""
        if len(signed) != STATIC_BYTES:
            raise OdaRefused(Part.STATIC, Fault.LENGTH, f"{len(signed)} bytes instead of {STATIC_BYTES}")
        return _plain(Part.STATIC, FORMAT_STATIC, self.verify, issuer, signed, static)[1:]

    def dynamic(self, card: bytes, signed: bytes, format_byte: int, covered: bytes) -> bytes:
        """Verify header, length, dynamic data and ``covered`` by the card's key."""
        length = signed[1] if len(signed) > 1 else _DYNAMIC_BYTES_MAX
        if len(signed) != 2 + length + SIGNATURE_BYTES:
            raise OdaRefused(Part.DYNAMIC, Fault.LENGTH, f"{len(signed)} bytes are no dynamic signature by SM2")
        return _plain(Part.DYNAMIC, format_byte, self.verify, card, signed, covered)[2:]

    def digest(self, covered: bytes) -> bytes:
        """SM3."""
        return self.sm3(covered)

    def dynamic_format(self, rsa_format: int) -> int:  # noqa: ARG002 - one header for every method
        """Return the header of the scheme."""
        return self.dynamic_header


@lru_cache(_KNOWN_ISSUERS)
def _issuer(verify: Sm2Verify, authority: bytes, raw: bytes) -> Certified[bytes]:
    return _certified(Part.ISSUER, FORMAT_ISSUER, _ISSUER_NUMBER_BYTES, verify, authority, raw, b"")


def _certified(
    part: Part, format_byte: int, number_bytes: int, verify: Sm2Verify, signer: bytes, raw: bytes, static: bytes
) -> Certified[bytes]:
    after = 1 + number_bytes
    length = after + _AFTER_NUMBER_BYTES + POINT_BYTES + SIGNATURE_BYTES
    if len(raw) != length:
        raise OdaRefused(part, Fault.LENGTH, f"{len(raw)} bytes instead of {length}")
    signed = _plain(part, format_byte, verify, signer, raw, static)
    algorithms, point = signed[after + 5 : after + _AFTER_NUMBER_BYTES], signed[after + _AFTER_NUMBER_BYTES :]
    if algorithms[:2] != _SIGNED_BY_SM2 or algorithms[2] not in _KEY_ALGORITHMS[part] or algorithms[3] != POINT_BYTES:
        raise OdaRefused(part, Fault.ALGORITHM, f"algorithms {algorithms.hex().upper()} are not those of SM2")
    last_day = month_end(part, signed[after : after + 2])
    return Certified(point, digits_of(part, signed[1:after]), last_day, signed[after + 2 : after + 5])


def _plain(part: Part, format_byte: int, verify: Sm2Verify, signer: bytes, raw: bytes, outside: bytes) -> bytes:
    """Return what stands before the signature, once format and signature fit."""
    body, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
    if body[0] != format_byte:
        raise OdaRefused(part, Fault.FORMAT, f"the format is {body[0]:02X}, not {format_byte:02X}")
    if not verify(signer, signature, body + outside):
        raise OdaRefused(part, Fault.SIGNATURE, "the SM2 signature does not fit what was signed")
    return body
