"""What says where a vehicle is, as a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from edge.domain.duty import Move


class PlaceSource(Protocol):
    """A stop announcer or a driver's keypad, opened and kept alive by its caller; what stands still has none."""

    async def open(self) -> None:
        """Open the port; raises ReaderError. Nothing where it is open."""
        ...

    async def next_move(self) -> Move:
        """Wait for the next move; raises ReaderError when the line fails. May be cancelled without losing a move."""
        ...

    async def close(self) -> None:
        """Release the port; idempotent."""
        ...

    def counters(self) -> Mapping[str, float]:
        """Return the counters of the port, named ``place_...``."""
        ...
