"""A manifest that an earlier key signed goes out under the one that signs now; what it names stays as it was signed."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from edge.crypto.signing import SigningKey
from sync.artifact import sealed_by
from sync.central.keys import CentreKeys


def signed_by_now(file: bytes, sha256: bytes, keys: CentreKeys) -> tuple[bytes, bytes]:
    """Return a manifest and its SHA-256 as the present key signs it: the same bytes at every server."""
    return (file, sha256) if len(keys.ever.keys) == 1 else _sealed(file, keys.signing)


@lru_cache(maxsize=64)
def _sealed(file: bytes, key: SigningKey) -> tuple[bytes, bytes]:
    sealed = sealed_by(key, file)
    return sealed, hashlib.sha256(sealed).digest()
