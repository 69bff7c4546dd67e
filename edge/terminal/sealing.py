"""What clearing needs of a number, sealed while the card is at work: a box takes as long as all checks of a tap."""

from __future__ import annotations

import asyncio

from edge.domain.frozen import mutable
from edge.domain.medium import CardNumber
from edge.ports import Identity


@mutable
class Sealing:
    """Seals a number once, in the first pause of the loop or when the box is asked for."""

    identity: Identity
    number: CardNumber
    _box: bytes = b""

    def begin(self) -> None:
        """Seal as soon as whatever runs now waits for something."""
        asyncio.get_running_loop().call_soon(self.box)

    def box(self) -> bytes:
        """Return the box."""
        self._box = self._box or self.identity.seal(self.number)
        return self._box
