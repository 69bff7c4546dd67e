"""SM3 (GB/T 32905) through hashlib where its OpenSSL has it, else through cryptography; SM4 (GB/T 32907) blocks."""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SM3, Hash

from edge.domain.errors import ConfigError, RemoteProtocolError

SM4_BYTES: Final = 16
"""Both a key and a block of SM4."""

SM3_FROM_HASHLIB: Final = "sm3" in hashlib.algorithms_available


def sm3(message: bytes) -> bytes:
    """Return the digest, 32 bytes."""
    return hashlib.new("sm3", message).digest() if SM3_FROM_HASHLIB else sm3_by_cryptography(message)


def sm3_by_cryptography(message: bytes) -> bytes:
    """Return the same digest where Python's own OpenSSL was built without SM3."""
    digest = Hash(SM3())
    digest.update(message)
    return digest.finalize()


def sm4_encrypt(key: bytes, blocks: bytes) -> bytes:
    """Encrypt whole blocks, each by itself: for what cards and SAMs define block by block."""
    encryptor = _cipher(key, blocks).encryptor()
    return encryptor.update(blocks) + encryptor.finalize()


def sm4_decrypt(key: bytes, blocks: bytes) -> bytes:
    """Decrypt whole blocks, each by itself."""
    decryptor = _cipher(key, blocks).decryptor()
    return decryptor.update(blocks) + decryptor.finalize()


def _cipher(key: bytes, blocks: bytes) -> Cipher[modes.ECB]:
    """Raise ``KEY_UNUSABLE`` or ``WIRE_MALFORMED`` for other lengths than SM4 has."""
    if len(key) != SM4_BYTES:
        raise ConfigError("KEY_UNUSABLE", f"an SM4 key has {SM4_BYTES} bytes, not {len(key)}")
    if len(blocks) % SM4_BYTES:
        raise RemoteProtocolError("WIRE_MALFORMED", f"{len(blocks)} bytes are no whole SM4 blocks")
    return Cipher(SM4(key), modes.ECB())  # noqa: S305 - single blocks; chaining is the caller's
