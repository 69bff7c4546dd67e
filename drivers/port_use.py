"""What every port counts that is opened as often as it must be and asked nothing: relays, displays, announcers."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.links import Link
from edge.domain.errors import ReaderError
from edge.domain.frozen import mutable


@mutable
class PortUse:
    """Openings, what went over the port, and failures."""

    opens: int = 0
    frames: int = 0
    failures: int = 0

    async def open(self, link: Link) -> bool:
        """Open a line where it is not; says whether it was opened now. Raises ReaderError, counted."""
        if link.is_open:
            return False
        try:
            await link.open()
        except ReaderError:
            self.failures += 1
            raise
        self.opens += 1
        return True

    def named(self, port: str) -> Mapping[str, float]:
        """Return the counters, named after a port."""
        return {
            f"{port}_reconnects": max(self.opens - 1, 0),
            f"{port}_frames": self.frames,
            f"{port}_failures": self.failures,
        }
