"""What every payload plug-in shares: what it trusts, what it is asked, and how it refuses.

A scheme turns the bytes of a code into a :class:`CodeSnapshot`, always: a code that is not what it says carries its
refusal, one stable ``part.fault``, and no account. Time is no part of it; the decision compares the code's times.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final, Protocol

from edge.domain.code_keys import CodeAlgorithm, CodeKey
from edge.domain.frozen import frozen
from edge.domain.medium import CardNumber, CodeFacts, CodeSnapshot

CODE_ID_BYTES: Final = 16
SECOND_MS: Final = 1000
SM2_ID: Final = b"12345678" * 2
"""The identity that SM2 signatures are made with where nothing else is agreed (GM/T 0009)."""

Sm2Verify = Callable[[bytes, bytes, bytes, bytes], bool]
"""Public key (64 or 33 bytes), signature (64), message, signer's identity: whether they fit."""
Ed25519Verify = Callable[[bytes, bytes, bytes], bool]
"""Public key (32 bytes), signature (64), message: whether they fit."""


class Part(StrEnum):
    """Where the fault of a refused code lies."""

    PAYLOAD = "payload"
    VERSION = "version"
    ROOT = "root"
    CERTIFICATE = "certificate"
    ISSUER = "issuer"
    PLATFORM = "platform"
    AUTHORISATION = "authorisation"
    HOLDER = "holder"
    CODE = "code"


class Fault(StrEnum):
    """What is wrong there."""

    UNKNOWN = "unknown"
    MALFORMED = "malformed"
    LENGTH = "length"
    FORMAT = "format"
    SIGNATURE = "signature"
    EXPIRED = "expired"
    NOT_ALLOWED = "not_allowed"
    MISMATCH = "mismatch"
    TEST = "test"


class CodeRefused(Exception):  # noqa: N818 - a refusal on its way to a snapshot; it never leaves a scheme
    """A check failed."""

    def __init__(self, part: Part, fault: Fault) -> None:
        super().__init__(f"{part}.{fault}")


@frozen
class CodeRules:
    """What the operator accepts. ``issuers`` and ``platforms`` are allow lists, empty: everybody whose key is known.

    ``home_issuers`` are this city's own. A code may lie ``future_skew_s`` ahead of this clock. ``test``: keys and codes
    marked as tests are accepted. The last two are open for JT/T 1179, of which no real code is public: the byte before
    each of its signatures (None: any), and whether certificate and authorisation must name the same issuer.
    """

    issuers: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset()
    home_issuers: frozenset[str] = frozenset()
    future_skew_s: int = 120
    test: bool = False
    signature_header: int | None = 0x15
    same_issuer: bool = True


@frozen
class CodeTrust:
    """What schemes are built from: ``keys`` gives those in force, asked for every code.

    Without test codes, test keys are held as unknown.
    """

    keys: Callable[[], Sequence[CodeKey]]
    rules: CodeRules
    sm2_verify: Sm2Verify
    ed25519_verify: Ed25519Verify

    def key(self, scheme: str, key_id: bytes) -> CodeKey | None:
        """Return the key of this id."""
        for key in self.keys():
            if key.scheme == scheme and key.key_id == key_id and (self.rules.test or not key.test):
                return key
        return None

    def fits(self, key: CodeKey, signature: bytes, message: bytes, signer_id: bytes) -> bool:
        """Verify with whatever the key is for."""
        if key.algorithm is CodeAlgorithm.SM2:
            return self.sm2_verify(key.public, signature, message, signer_id)
        return self.ed25519_verify(key.public, signature, message)


class CodeScheme(Protocol):
    """One form of payload."""

    @property
    def name(self) -> str:
        """Return the scheme's name, that of its accounts' tokens too."""
        ...

    def recognises(self, payload: bytes) -> bool:
        """Say whether these bytes look like this scheme's; at most one scheme of a terminal may say so."""
        ...

    def read(self, payload: bytes) -> CodeSnapshot:
        """Verify a code and return what it says, or why it is refused."""
        ...


@frozen
class CodeSchemeModel:
    """A scheme under the name that profiles use."""

    name: str
    build: Callable[[CodeTrust], CodeScheme]


def code_id(scheme: str, covered: bytes) -> bytes:
    """Return what a code is known by: a hash of all that its signatures cover, never of a signature itself."""
    return hashlib.sha256(scheme.encode() + b"|" + covered).digest()[:CODE_ID_BYTES]


def refused(scheme: str, payload: bytes, reason: str, issuer: str = "") -> CodeSnapshot:
    """Return a code that is refused: known by its bytes, without account, times or evidence."""
    facts = CodeFacts(
        scheme=scheme,
        issuer=issuer,
        refusal=reason,
        code=code_id(scheme, payload),
        made_ms=0,
        valid_from_ms=0,
        valid_until_ms=0,
        amount_max_fen=None,
        local=False,
    )
    return CodeSnapshot(CardNumber(""), facts)
