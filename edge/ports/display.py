"""A passenger's text display, as a protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class TextDisplay(Protocol):
    """A few lines of text that stand until others take their place."""

    @property
    def columns(self) -> int:
        """Return how many columns a line has; a Chinese character takes two."""
        ...

    async def show(self, lines: Sequence[str]) -> None:
        """Show lines, opening the port where it is not; none clears it. Raises ReaderError, the port then closed."""
        ...

    async def close(self) -> None:
        """Release the port; idempotent."""
        ...

    def counters(self) -> Mapping[str, float]:
        """Return the counters of the port, named ``display_...``."""
        ...
