"""Tokens and boxes for one terminal: implements ``edge.ports.Identity``."""

from __future__ import annotations

from edge.crypto.sealing import ClearingKey
from edge.crypto.tokens import TokenKey
from edge.domain.frozen import frozen
from edge.domain.medium import CardNumber
from edge.domain.tap import Token


@frozen
class TerminalIdentity:
    """The token key and the clearing key in use."""

    token_key: TokenKey
    clearing_key: ClearingKey

    def token(self, scheme: str, number: CardNumber) -> Token:
        """Return the keyed token of a number."""
        return self.token_key.token(scheme, number)

    def token_key_version(self) -> int:
        """Return the version of the token key in use."""
        return self.token_key.version

    def seal(self, number: CardNumber) -> bytes:
        """Seal the number to the clearing key."""
        return self.clearing_key.seal(number.reveal().encode())

    def clearing_key_version(self) -> int:
        """Return the version of the clearing key in use."""
        return self.clearing_key.version
