"""Identities and random bytes from a seed."""

from __future__ import annotations

from random import Random

from edge.domain.tap import TAP_ID_BYTES, TapId


class SeededIds:
    """Implements ``edge.ports.IdSource``: as repeatable as its stream, and fit for nothing but a simulation."""

    def __init__(self, stream: Random) -> None:
        self._stream = stream

    def tap_id(self) -> TapId:
        """Return the next eight bytes."""
        return TapId(self.random_bytes(TAP_ID_BYTES))

    def random_bytes(self, count: int) -> bytes:
        """Return the next ``count`` bytes."""
        return self._stream.randbytes(count)
