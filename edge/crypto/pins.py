"""PINs of people at tills: scrypt (RFC 7914) under a salt. A PIN is short, so each look at one is made dear."""

from __future__ import annotations

import hashlib
from typing import Final

WORK: Final = {"n": 2**13, "r": 8, "p": 2, "dklen": 32}
"""Cost of one look at a PIN: about 50 ms and 8 MB; the processes have little room."""


def hashed(pin: str, salt: bytes) -> bytes:
    """Return the hash of a PIN."""
    return hashlib.scrypt(pin.encode(), salt=salt, **WORK)
