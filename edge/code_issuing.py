"""Issues the operator's own codes: a signing key in a file with owner rights, and codes signed by it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from drivers.scanners.codes.onecard.layout import KEY_ID_BYTES, PURPOSE, SCHEME, OwnCode, encode, statement
from edge.code_key_file import FOREVER_MS
from edge.crypto.signing import KEY_BYTES, SigningKey, read_secret, write_secret
from edge.crypto.sm import public_key, sm2_sign
from edge.domain.code_keys import CodeAlgorithm, CodeKey
from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen

_MARKS: Final = {CodeAlgorithm.ED25519: b"\x01", CodeAlgorithm.SM2: b"\x02"}
_SM2_MARGIN: Final = b"\x7f"
"""A scalar that begins so lies below the order of the curve."""


@frozen
class IssuingKey:
    """A private key and what it is for. A file of it holds one byte for the algorithm, then the 32 of the key."""

    algorithm: CodeAlgorithm
    secret: bytes

    def __repr__(self) -> str:
        return f"IssuingKey({self.algorithm})"

    @property
    def public(self) -> bytes:
        """Return the public key: 32 bytes, or a point of 64."""
        if self.algorithm is CodeAlgorithm.SM2:
            return public_key(self.secret)
        return SigningKey(self.secret).public

    @property
    def key_id(self) -> bytes:
        """Return how codes name this key."""
        return hashlib.sha256(self.public).digest()[:KEY_ID_BYTES]

    def row(self, issuer: str, *, from_ms: int = 0, until_ms: int = FOREVER_MS, test: bool = False) -> CodeKey:
        """Return what terminals must know of this key."""
        return CodeKey(SCHEME, self.key_id, self.algorithm, self.public, issuer, from_ms, until_ms, test)

    def issue(self, code: OwnCode) -> bytes:
        """Return what is printed; raises ``CONFIG_VALUE`` for what no code can say."""
        try:
            stated = statement(code)
        except ValueError as error:
            raise ConfigError("CONFIG_VALUE", str(error)) from error
        return encode(stated, self._sign(PURPOSE + stated))

    def _sign(self, message: bytes) -> bytes:
        if self.algorithm is CodeAlgorithm.SM2:
            return sm2_sign(self.secret, message)
        return SigningKey(self.secret).sign(message)


def new_key(path: Path, algorithm: CodeAlgorithm, drawn: bytes) -> IssuingKey:
    """Make a key of 32 drawn bytes and write it durably; raises ``KEY_UNUSABLE`` where the file is there already."""
    if path.exists():
        raise ConfigError(
            "KEY_UNUSABLE", f"{path}: there is a key already; codes of a lost key can never be read again"
        )
    secret = _SM2_MARGIN + drawn[1:] if algorithm is CodeAlgorithm.SM2 else drawn
    write_secret(path, _MARKS[algorithm] + secret)
    return IssuingKey(algorithm, secret)


def load_key(path: Path) -> IssuingKey:
    """Read a key file; raises ``KEY_UNUSABLE`` where it is absent, damaged or readable by others."""
    content = read_secret(path, 1 + KEY_BYTES)
    for algorithm, mark in _MARKS.items():
        if content[:1] == mark:
            return IssuingKey(algorithm, content[1:])
    raise ConfigError("KEY_UNUSABLE", f"{path}: not a key for codes")
