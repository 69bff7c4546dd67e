"""Switched outputs, as a protocol: what lights a driver's lamp and opens a gate."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol


class Outputs(Protocol):
    """The outputs of one board or chip, by number. None of them is on after an opening or a close.

    Errors are ReaderError: ``LINK_ABSENT``, ``LINK_DENIED``, ``LINK_BUSY`` at an opening, ``LINK_LOST`` afterwards.
    """

    async def open(self) -> None:
        """Take the outputs and switch all of them off. Nothing where they are taken."""
        ...

    def switch(self, on: Collection[int]) -> None:
        """Switch these on and all others off, at once; a board that fails at it is closed."""
        ...

    async def close(self) -> None:
        """Switch all off where that is still possible, and let go of them; idempotent, raises nothing."""
        ...

    def counters(self) -> Mapping[str, float]:
        """Return the counters of the port: ``lamp_...`` or ``relay_...``."""
        ...
