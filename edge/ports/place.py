"""What says where a vehicle is and what its driver presses, as a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from edge.domain.driver_key import KeyPress
from edge.domain.duty import Move
from edge.domain.stops import Fix

News = Move | KeyPress | Fix


class PlaceSource(Protocol):
    """An announcer, a satellite receiver or a driver's keypad, opened and kept alive by its caller.

    What stands still has none.
    """

    async def open(self) -> None:
        """Open the port; raises ReaderError. Nothing where it is open."""
        ...

    async def next_news(self) -> News:
        """Wait for the next news; raises ReaderError when the line fails. A cancelled wait loses none."""
        ...

    async def close(self) -> None:
        """Release the port; idempotent."""
        ...

    def counters(self) -> Mapping[str, float]:
        """Return the counters of the port, named ``place_...`` or ``keypad_...``."""
        ...
