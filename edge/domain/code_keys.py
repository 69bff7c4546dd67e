"""Keys that codes are traced back to: reference data, public as a whole."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from edge.domain.frozen import frozen

KEYS_MAX: Final = 1_000
"""A list is read in one step between two taps: a few milliseconds."""

KEY_ID_BYTES_MAX: Final = 16
ISSUER_CHARACTERS_MAX: Final = 64
SCHEME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")


class CodeAlgorithm(StrEnum):
    """What issuers of codes sign with."""

    SM2 = "sm2"
    ED25519 = "ed25519"


PUBLIC_BYTES: Final = {CodeAlgorithm.SM2: 64, CodeAlgorithm.ED25519: 32}
"""A point, or an Ed25519 key."""


@frozen
class CodeKey:
    """One key of one scheme.

    ``key_id`` is how codes name it: in ``jtt1179`` version, service id and root index (6 bytes), in ``onecard`` the
    first four bytes of SHA-256 of the key. ``public`` is the point (64 bytes) or the Ed25519 key (32). ``issuer`` is
    the name in the books. Times are ms UTC, both ends included. A ``test`` key is refused where money moves.
    """

    scheme: str
    key_id: bytes
    algorithm: CodeAlgorithm
    public: bytes
    issuer: str
    from_ms: int
    until_ms: int
    test: bool = False


@frozen
class CodeKeys:
    """Every key that codes may be traced back to: a key that is not among them is trusted no more.

    Raises ValueError for a key that cannot be one, and for two of one name.
    """

    keys: tuple[CodeKey, ...]

    def __post_init__(self) -> None:
        """Check the bounds."""
        if len(self.keys) > KEYS_MAX:
            raise ValueError(f"{len(self.keys)} keys, at most {KEYS_MAX}")
        for number, key in enumerate(self.keys, 1):
            if problem := _problem(key):
                raise ValueError(f"key {number}: {problem}")
        if len({(key.scheme, key.key_id) for key in self.keys}) < len(self.keys):
            raise ValueError("two keys have one scheme and id")

    def __len__(self) -> int:
        return len(self.keys)


def _problem(key: CodeKey) -> str:
    """Say why this can be no key, empty where it can."""
    if not SCHEME.fullmatch(key.scheme):
        return "its scheme is no lower-case name"
    if not 0 < len(key.key_id) <= KEY_ID_BYTES_MAX:
        return f"its id has {len(key.key_id)} bytes"
    if len(key.public) != PUBLIC_BYTES[key.algorithm]:
        return f"a key of {key.algorithm} has {PUBLIC_BYTES[key.algorithm]} bytes"
    if not 0 < len(key.issuer) <= ISSUER_CHARACTERS_MAX:
        return f"its issuer has 1 to {ISSUER_CHARACTERS_MAX} characters"
    return "" if 0 <= key.from_ms <= key.until_ms else "it ends before it begins"
