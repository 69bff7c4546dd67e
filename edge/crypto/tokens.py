"""Keyed tokens: HMAC-SHA256(token key, scheme | number), the first 16 bytes.

Who steals the token key can guess numbers from tokens; SECURITY.md says so. Keys are versioned: during a rotation
lists carry the tokens of both versions.
"""

from __future__ import annotations

import hmac

from edge.domain.frozen import frozen
from edge.domain.medium import CardNumber
from edge.domain.tap import TOKEN_BYTES, Token


@frozen
class TokenKey:
    """One version of the token key, 32 secret bytes; held as a credential, never in the state folder.

    ``older`` are versions that terminals still use while it takes their place, newest first; a terminal has none.
    """

    version: int
    secret: bytes
    older: tuple[TokenKey, ...] = ()

    def __repr__(self) -> str:
        return f"TokenKey(version={self.version})"

    def token(self, scheme: str, number: CardNumber) -> Token:
        """Return the token of ``number`` under ``scheme`` (``tunion``, ``unionpay``, ``cid``, or a code's own)."""
        message = scheme.encode() + b"|" + number.reveal().encode()
        return Token(hmac.digest(self.secret, message, "sha256")[:TOKEN_BYTES])

    def each(self) -> tuple[TokenKey, ...]:
        """Return every version in use, newest first."""
        return self, *self.older

    def versions(self) -> tuple[int, ...]:
        """Return the versions in use, ascending."""
        return tuple(sorted(key.version for key in self.each()))
