"""Keys of the authorities behind bank cards, and the issuers that lost their trust: reference data, public as a whole.

Fields are those of a key list of an acquirer (EMV Book 2, 11.2.1 for the hash, 5.1.1 for revoked certificates).
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Final

from edge.domain.frozen import frozen

KEYS_MAX: Final = 256
REVOKED_MAX: Final = 1_000
"""A list is read in one step between two taps: a few milliseconds."""

RID_BYTES: Final = 5
SERIAL_BYTES: Final = 3
MODULUS_BYTES: Final = range(48, 249)
EXPONENT_BYTES: Final = range(1, 4)
POINT_BYTES: Final = 64
KINDS: Final = ("live", "test")


@frozen
class RsaCaKey:
    """An RSA key, named by RID and ``index`` (one byte); ``kind`` is live or test.

    ``sha1`` covers RID, index, modulus and exponent. ``expires`` is a day, YYYY-MM-DD; empty: none is known.
    """

    rid: bytes
    index: bytes
    kind: str
    modulus: bytes
    exponent: bytes
    sha1: bytes
    expires: str = ""


@frozen
class Sm2CaKey:
    """A point for SM2 (x, y: 64 bytes), named as an RSA key is."""

    rid: bytes
    index: bytes
    kind: str
    public_key: bytes
    expires: str = ""


@frozen
class RevokedIssuer:
    """An issuer's certificate that is trusted no more: RID and index of the key that signed it, serial number."""

    rid: bytes
    index: bytes
    serial: bytes


@frozen
class CaKeys:
    """Every key that may end a chain, and the certificates under them that are revoked.

    Raises ValueError for a key that cannot be one, whose hash does not fit it, and for two of one name.
    """

    rsa: tuple[RsaCaKey, ...]
    sm2: tuple[Sm2CaKey, ...]
    revoked: tuple[RevokedIssuer, ...] = ()

    def __post_init__(self) -> None:
        """Check the bounds."""
        keys: tuple[RsaCaKey | Sm2CaKey, ...] = (*self.rsa, *self.sm2)
        if len(keys) > KEYS_MAX or len(self.revoked) > REVOKED_MAX:
            raise ValueError(f"more than {KEYS_MAX} keys, or {REVOKED_MAX} revoked certificates")
        for key in keys:
            if problem := _problem(key):
                raise ValueError(f"key {key.index.hex().upper()} of {key.rid.hex().upper()}: {problem}")
        if len({(key.rid, key.index) for key in keys}) < len(keys):
            raise ValueError("two keys have one RID and index")
        if any((len(one.rid), len(one.index), len(one.serial)) != (RID_BYTES, 1, SERIAL_BYTES) for one in self.revoked):
            raise ValueError(f"a revoked certificate is RID ({RID_BYTES}), index (1), serial ({SERIAL_BYTES} bytes)")

    def __len__(self) -> int:
        return len(self.rsa) + len(self.sm2) + len(self.revoked)


def _problem(key: RsaCaKey | Sm2CaKey) -> str:
    """Say why this can be no key, empty where it can."""
    if (len(key.rid), len(key.index)) != (RID_BYTES, 1):
        return f"RID has {RID_BYTES} bytes, index one"
    if key.kind not in KINDS:
        return f"kind is {' or '.join(KINDS)}"
    if key.expires and not _is_day(key.expires):
        return "expires is a day, YYYY-MM-DD"
    if isinstance(key, Sm2CaKey):
        return "" if len(key.public_key) == POINT_BYTES else f"a point has {POINT_BYTES} bytes"
    if len(key.modulus) not in MODULUS_BYTES or len(key.exponent) not in EXPONENT_BYTES:
        return f"a modulus of {len(key.modulus)} and an exponent of {len(key.exponent)} bytes"
    named = key.rid + key.index + key.modulus + key.exponent
    fits = hashlib.sha1(named, usedforsecurity=False).digest() == key.sha1
    return "" if fits else "its hash does not fit it"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
