"""A scanner that reads codes, as a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from edge.domain.medium import CodeSnapshot, UnknownSnapshot


class CodeReader(Protocol):
    """A scanner with the payloads that the profile names, opened and kept alive by its caller."""

    async def open(self) -> None:
        """Open the port and set the engine up; raises ReaderError. Nothing where it is open."""
        ...

    async def next_code(self) -> CodeSnapshot | UnknownSnapshot:
        """Wait for a code, verify it offline, and return what it says; raises ReaderError when the line fails.

        A code that stays before the scanner is read again and again; an unknown one is of no payload served here.
        """
        ...

    async def close(self) -> None:
        """Release the port; idempotent."""
        ...

    def counters(self) -> Mapping[str, float]:
        """Return the counters of the port, named ``scanner_...``."""
        ...
