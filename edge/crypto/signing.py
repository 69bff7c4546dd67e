"""Ed25519 (RFC 8032): keys, signatures and their files."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from edge.domain.errors import ConfigError, RemoteProtocolError

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64


class SigningKey:
    """A private key that signs statements; never printed."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEY_BYTES:
            raise ConfigError("KEY_UNUSABLE", f"a signing key has {KEY_BYTES} bytes, not {len(seed)}")
        self._seed = seed
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public(self) -> bytes:
        """Return the public key, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        return self._key.sign(message)

    def write(self, path: Path) -> None:
        """Write the key to a new file with owner rights only; see :func:`write_secret`."""
        write_secret(path, self._seed)


def verify(public: bytes, signature: bytes, message: bytes) -> None:
    """Check a signature; raises ``SIGNATURE_WRONG``."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise RemoteProtocolError("SIGNATURE_WRONG", "the signature does not fit the key") from None


def load_signing_key(path: Path) -> SigningKey:
    """Read a key file; raises ``KEY_UNUSABLE`` where it is absent, damaged or readable by others."""
    return SigningKey(read_secret(path))


def read_secret(path: Path, length: int = KEY_BYTES) -> bytes:
    """Return the ``length`` bytes of a secret file; raises ``KEY_UNUSABLE``."""
    try:
        mode = path.stat().st_mode
        secret = path.read_bytes()
    except OSError as error:
        raise ConfigError("KEY_UNUSABLE", f"{path}: {error.strerror}") from error
    if stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError("KEY_UNUSABLE", f"{path}: readable by others (mode {stat.S_IMODE(mode):o})")
    if len(secret) != length:
        raise ConfigError("KEY_UNUSABLE", f"{path}: {len(secret)} bytes instead of {length}")
    return secret


def write_secret(path: Path, secret: bytes) -> None:
    """Write a secret durably with owner rights: temporary file, flush, rename, flush of the folder."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file by ``content`` so that after a power cut either the old or the new file is there, whole."""
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
