"""Tokens by the real key, boxes without chance: what a terminal makes of clear numbers, in a simulated run.

HPKE draws its randomness inside a C library, out of a seed's reach. The stand-in has a real box's length and hides the
number as well, but nobody can open it.
"""

from __future__ import annotations

import hmac
from typing import Final

from edge.domain.frozen import frozen
from edge.domain.medium import CardNumber
from edge.domain.tap import Token
from sync.enrolment_files import Enrolment

ENCAPSULATION_BYTES: Final = 32
TAG_BYTES: Final = 16


@frozen
class SimulatedIdentity:
    """Implements ``edge.ports.Identity`` over what the enrolment left."""

    enrolment: Enrolment

    def token(self, scheme: str, number: CardNumber) -> Token:
        """Return the keyed token of a number, as the product makes it."""
        return self.enrolment.token_keys[-1].token(scheme, number)

    def token_key_version(self) -> int:
        """Return the version of the token key in use."""
        return self.enrolment.token_keys[-1].version

    def seal(self, number: CardNumber) -> bytes:
        """Return bytes that look like a box and are the same in every run."""
        digits = number.reveal().encode()
        hidden = hmac.digest(self.enrolment.token_keys[-1].secret, b"box" + digits, "sha512")
        return (hidden + hidden)[: ENCAPSULATION_BYTES + len(digits) + TAG_BYTES]

    def clearing_key_version(self) -> int:
        """Return the version of the clearing key in use."""
        return self.enrolment.clearing_key.version
