"""Ed25519 (RFC 8032): keys and signatures; files and folders that a power cut cannot halve."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from edge.domain.errors import ConfigError, RemoteProtocolError, StoreError

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


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


class TrustedKeys:
    """Public keys of one signer, oldest first, of which any may have signed; who holds this heeds a change at once."""

    def __init__(self, *keys: bytes) -> None:
        self.keys = keys

    def replace(self, keys: Iterable[bytes]) -> None:
        """Trust these keys from now on."""
        self.keys = tuple(keys)


PublicKey = bytes | TrustedKeys


def keys_of(public: PublicKey) -> tuple[bytes, ...]:
    """Return one key, or several, as several."""
    return public.keys if isinstance(public, TrustedKeys) else (public,)


def verify(public: PublicKey, signature: bytes, message: bytes) -> None:
    """Check a signature; raises ``SIGNATURE_WRONG``."""
    if not any(_fits(key, signature, message) for key in keys_of(public)):
        raise RemoteProtocolError("SIGNATURE_WRONG", "the signature does not fit the key")


def _fits(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def load_signing_key(path: Path) -> SigningKey:
    """Read a key file; raises ``KEY_UNUSABLE`` where it is absent, damaged or readable by others."""
    return SigningKey(read_secret(path))


def read_secret(path: Path, length: int = KEY_BYTES) -> bytes:
    """Return the ``length`` bytes of a secret file; raises ``KEY_UNUSABLE``."""
    secret = read_secret_text(path)
    if len(secret) != length:
        raise ConfigError("KEY_UNUSABLE", f"{path}: {len(secret)} bytes instead of {length}")
    return secret


def read_secret_text(path: Path) -> bytes:
    """Return a secret file of any length, such as PEM; raises ``KEY_UNUSABLE``."""
    try:
        mode = path.stat().st_mode
        secret = path.read_bytes()
    except OSError as error:
        raise ConfigError("KEY_UNUSABLE", f"{path}: {error.strerror}") from error
    if stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError("KEY_UNUSABLE", f"{path}: readable by others (mode {stat.S_IMODE(mode):o})")
    return secret


def write_secret(path: Path, secret: bytes) -> None:
    """Write a secret durably with owner rights: temporary file, flush, rename, flush of the folder.

    Raises ``STORE_IO`` or ``STORE_FULL``; the file before, if any, is then still there or already replaced, whole.
    """
    temporary = path.with_name(path.name + ".new")
    with coded_errors(path):
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    sync_folder(path.parent)


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file by ``content`` so that after a power cut either the old or the new file is there, whole.

    Raises ``STORE_IO`` or ``STORE_FULL``.
    """
    temporary = path.with_name(path.name + ".new")
    with coded_errors(path):
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    sync_folder(path.parent)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Make a folder, with those above it that are missing, so that a power cut takes none of them away again.

    ``mode`` is the folder's own, before the umask. Raises ``STORE_IO`` or ``STORE_FULL``.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with coded_errors(folder):
        folder.mkdir(mode=mode, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk; raises ``STORE_IO`` or ``STORE_FULL``."""
    with coded_errors(folder):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def coded_errors(path: Path) -> Iterator[None]:
    """Raise what the operating system says about a file as ``STORE_FULL`` or ``STORE_IO``."""
    try:
        yield
    except OSError as error:
        code = "STORE_FULL" if error.errno in NO_ROOM else "STORE_IO"
        raise StoreError(code, f"{path}: {error.strerror}") from error
