"""Keys that codes are traced back to: reference data, public as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CodeAlgorithm(StrEnum):
    """What issuers of codes sign with."""

    SM2 = "sm2"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True)
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
