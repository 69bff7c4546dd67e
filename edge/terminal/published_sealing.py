"""Seals to the clearing key of now: that of the enrolment, or a later one that the edition in force brings."""

from __future__ import annotations

from edge.crypto.sealing import ClearingKey
from edge.domain.card_number import CardNumber
from edge.domain.frozen import frozen
from edge.domain.sealing_key import SealingKey
from edge.domain.tap import Token
from edge.ports import Identity, Values


@frozen
class PublishedSealing:
    """Implements :class:`edge.ports.Identity` over that of the enrolment."""

    enrolled: Identity
    values: Values

    def token(self, scheme: str, number: CardNumber) -> Token:
        """Return the keyed token of a number."""
        return self.enrolled.token(scheme, number)

    def token_key_version(self) -> int:
        """Return the version of the token key in use."""
        return self.enrolled.token_key_version()

    def seal(self, number: CardNumber) -> bytes:
        """Seal the number to the clearing key of now."""
        later = self._later()
        return self.enrolled.seal(number) if later is None else later.seal(number.reveal().encode())

    def clearing_key_version(self) -> int:
        """Return the version of the clearing key of now."""
        later = self._later()
        return self.enrolled.clearing_key_version() if later is None else later.version

    def _later(self) -> ClearingKey | None:
        """Return a key that came after the enrolment; an older one in an older edition seals nothing."""
        found = self.values.value(SealingKey)
        if found is None or found.version <= self.enrolled.clearing_key_version():
            return None
        return ClearingKey(found.version, found.public)
