"""The RSA chain: EMV book 2, sections 5.3 and 5.4 (issuer, static data), 6.4 and 6.5 (card, dynamic data)."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

from drivers.oda import certificates as cert
from drivers.oda.certificates import Certified, Objects, digits_of, needed
from drivers.oda.expiry import month_end
from drivers.oda.refusal import Fault, OdaRefused, Part
from drivers.oda.rsa import RsaKey, public_key, recover

HASH_BYTES: Final = 20
TAIL_BYTES: Final = HASH_BYTES + 1
"""Hash and trailer."""

SHA_1: Final = 0x01
RSA: Final = 0x01
FORMAT_ISSUER: Final = 0x02
FORMAT_STATIC: Final = 0x03
FORMAT_CARD: Final = 0x04

_ISSUER_NUMBER_BYTES: Final = 4
_CARD_NUMBER_BYTES: Final = 10
_KNOWN_ISSUERS: Final = 256


class RsaChain:
    """See :class:`drivers.oda.certificates.Chain`. Issuer certificates that were verified are remembered."""

    def issuer(self, authority: RsaKey, card: Objects) -> Certified[RsaKey]:
        """EMV book 2, 5.3."""
        raw = needed(Part.ISSUER, card, cert.TAG_ISSUER_CERTIFICATE)
        exponent = needed(Part.ISSUER, card, cert.TAG_ISSUER_EXPONENT)
        return _issuer(authority, raw, card.get(cert.TAG_ISSUER_REMAINDER, b""), exponent)

    def card(self, issuer: RsaKey, card: Objects, static: bytes) -> Certified[RsaKey]:
        """EMV book 2, 6.4."""
        raw = needed(Part.CARD, card, cert.TAG_CARD_CERTIFICATE)
        exponent = needed(Part.CARD, card, cert.TAG_CARD_EXPONENT)
        remainder = card.get(cert.TAG_CARD_REMAINDER, b"")
        return _certified(Part.CARD, FORMAT_CARD, _CARD_NUMBER_BYTES, issuer, raw, (remainder, exponent, static))

    def static(self, issuer: RsaKey, signed: bytes, static: bytes) -> bytes:
        """EMV book 2, 5.4."""
        recovered = _checked(Part.STATIC, FORMAT_STATIC, recover(Part.STATIC, issuer, signed), static)
        return recovered[3:5]

    def dynamic(self, card: RsaKey, signed: bytes, format_byte: int, covered: bytes) -> bytes:
        """EMV book 2, 6.5.2 and 6.6.2."""
        recovered = _checked(Part.DYNAMIC, format_byte, recover(Part.DYNAMIC, card, signed), covered)
        length = recovered[3]
        if length > card.length - TAIL_BYTES - 4:
            raise OdaRefused(Part.DYNAMIC, Fault.LENGTH, f"dynamic data of {length} bytes do not fit the signature")
        return recovered[4 : 4 + length]

    def digest(self, covered: bytes) -> bytes:
        """SHA-1."""
        return _sha_1(covered)

    def dynamic_format(self, rsa_format: int) -> int:
        """Return the same."""
        return rsa_format


@lru_cache(_KNOWN_ISSUERS)
def _issuer(authority: RsaKey, raw: bytes, remainder: bytes, exponent: bytes) -> Certified[RsaKey]:
    """Depends on nothing else, so that the issuer of a city's cards is recovered once."""
    return _certified(Part.ISSUER, FORMAT_ISSUER, _ISSUER_NUMBER_BYTES, authority, raw, (remainder, exponent, b""))


def _certified(
    part: Part, format_byte: int, number_bytes: int, signer: RsaKey, raw: bytes, outside: tuple[bytes, bytes, bytes]
) -> Certified[RsaKey]:
    """Recover a certificate and put its modulus together; ``outside`` are remainder, exponent and static data."""
    remainder, exponent, static = outside
    recovered = _checked(part, format_byte, recover(part, signer, raw), remainder + exponent + static)
    after = 2 + number_bytes
    serial, (hashing, algorithm, length, exponent_length) = recovered[after + 2 : after + 5], recovered[after + 5 :][:4]
    if hashing != SHA_1 or algorithm != RSA:
        raise OdaRefused(part, Fault.ALGORITHM, f"hash {hashing:02X} and key algorithm {algorithm:02X}, not 01 and 01")
    inside = recovered[after + 9 : -TAIL_BYTES]
    if length > signer.length or len(remainder) != max(length - len(inside), 0) or exponent_length != len(exponent):
        raise OdaRefused(part, Fault.LENGTH, f"a modulus of {length} bytes does not come together")
    key = public_key(part, inside[:length] + remainder, exponent)
    last_day = month_end(part, recovered[after : after + 2])
    return Certified(key, digits_of(part, recovered[2:after]), last_day, serial)


def _checked(part: Part, format_byte: int, recovered: bytes, outside: bytes) -> bytes:
    """Check format, hash algorithm where it stands at a fixed place, and hash."""
    if recovered[1] != format_byte:
        raise OdaRefused(part, Fault.FORMAT, f"the format is {recovered[1]:02X}, not {format_byte:02X}")
    if part in {Part.STATIC, Part.DYNAMIC} and recovered[2] != SHA_1:
        raise OdaRefused(part, Fault.ALGORITHM, f"hash algorithm {recovered[2]:02X}, not 01")
    if _sha_1(recovered[1:-TAIL_BYTES] + outside) != recovered[-TAIL_BYTES:-1]:
        raise OdaRefused(part, Fault.HASH, "the hash does not fit what was signed")
    return recovered


def _sha_1(covered: bytes) -> bytes:
    return hashlib.sha1(covered, usedforsecurity=False).digest()
