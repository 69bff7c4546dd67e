"""Boxes sealed to the clearing key by HPKE (RFC 9180: X25519, HKDF-SHA256, AES-128-GCM).

A terminal seals what clearing needs of a number; only the clearing process of the centre opens it.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from edge.domain.errors import RemoteProtocolError
from edge.domain.frozen import frozen

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
CONTEXT: Final = b"onecard-clearing-1"


@frozen
class ClearingKey:
    """The public clearing key (32 bytes) and its version."""

    version: int
    public: bytes

    def seal(self, plaintext: bytes) -> bytes:
        """Return the sealed box: 32 bytes encapsulation, ciphertext, 16 bytes tag.

        The key is read by the name that ``X25519PublicKey.from_public_bytes`` calls: asked itself it would load RSA and
        more than that with the first card, 8 ms and 1.1 MB. A test holds one against the other.
        """
        return _SUITE.encrypt(plaintext, openssl.x25519.from_public_bytes(self.public), info=CONTEXT)


def open_box(private: bytes, box: bytes) -> bytes:
    """Open a box with the private clearing key (32 bytes); raises ``WIRE_MALFORMED`` for any other box."""
    try:
        return _SUITE.decrypt(box, X25519PrivateKey.from_private_bytes(private), info=CONTEXT)
    except (InvalidTag, ValueError):
        raise RemoteProtocolError("WIRE_MALFORMED", "the box was not sealed to this clearing key") from None


def new_clearing_key() -> tuple[bytes, bytes]:
    """Return a fresh (private, public) pair, 32 bytes each."""
    key = X25519PrivateKey.generate()
    return key.private_bytes_raw(), key.public_key().public_bytes_raw()
