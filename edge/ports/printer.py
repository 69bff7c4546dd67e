"""A receipt printer, as a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from edge.domain.slip import Slip


class PrinterState(StrEnum):
    """What a printer says of itself, or what can be said of one that says nothing."""

    READY = "ready"
    PAPER_LOW = "paper_low"
    NO_PAPER = "no_paper"
    COVER_OPEN = "cover_open"
    FAULT = "fault"
    OFFLINE = "offline"
    SILENT = "silent"
    ABSENT = "absent"

    @property
    def prints(self) -> bool:
        """Say whether paper comes out of it now."""
        return self in (PrinterState.READY, PrinterState.PAPER_LOW)


class Printer(Protocol):
    """A printer on its line, opened and kept alive by itself. One caller at a time; nothing here raises."""

    @property
    def columns(self) -> int:
        """Return how many columns of text its paper has."""
        ...

    async def state(self) -> PrinterState:
        """Ask how it stands; opens the line where that is not done."""
        ...

    async def send(self, slip: Slip) -> bool:
        """Give it a slip; False where the line is lost, and nobody knows how much it has printed."""
        ...

    async def printed(self, timeout_ms: int) -> bool:
        """Wait until it says that everything sent is on paper; False where it did not in time."""
        ...

    def counters(self) -> Mapping[str, float]:
        """Return the counters of the port, named ``printer_...``."""
        ...

    async def close(self) -> None:
        """Release the port; idempotent."""
        ...
