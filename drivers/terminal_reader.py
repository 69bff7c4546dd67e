"""The terminal's :class:`edge.ports.Reader`: a contactless reader, a PSAM and the card applications joined."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import field

from drivers.card_application import CardApplication
from drivers.contactless import FieldCrowded, FieldEmpty, Target
from drivers.contactless_reader import ContactlessReader
from drivers.presented_card import PresenceSettings, PresentedCard
from drivers.purse_sam import PurseSam
from drivers.signals.reader_lamp import ReaderLamp
from edge.domain.frozen import frozen
from edge.ports import Signal, Trouble


@frozen
class TerminalReaderSettings:
    """How often to look for a card, when one counts as gone, and for how long after a crowd as left over from it.

    Milliseconds.
    """

    poll_ms: float = 50.0
    crowd_ms: float = 1_500.0
    presence: PresenceSettings = field(default_factory=PresenceSettings)


class TerminalReader:
    """Opens its parts, waits for single cards, reports a second card once."""

    def __init__(
        self,
        reader: ContactlessReader,
        sam: PurseSam,
        applications: Sequence[CardApplication],
        lamp: ReaderLamp,
        settings: TerminalReaderSettings | None = None,
    ) -> None:
        self._reader = reader
        self._sam = sam
        self._applications = tuple(applications)
        self._lamp = lamp
        self._settings = settings or TerminalReaderSettings()
        self._crowded = False
        self._crowd_s = -math.inf

    async def open(self) -> None:
        """Open what is not open; raises ReaderError or SamError."""
        await self._reader.open()
        await self._sam.open()

    async def next_card(self) -> PresentedCard | Trouble:
        """Wait for a single card. Two at once are reported once, the field is reset until one of them is gone.

        A SAM that failed in the last tap is started anew before the next card; raises ReaderError and SamError.
        """
        while True:
            await self._sam.resume()
            await self._lamp.rest()
            match await self._reader.poll():
                case Target() as target:
                    self._crowded = False
                    return self._presented(target)
                case FieldCrowded():
                    self._crowd_s = asyncio.get_running_loop().time()
                    await self._reader.reset_field()
                    if not self._crowded:
                        self._crowded = True
                        return Trouble.TWO_CARDS
                case FieldEmpty():
                    self._crowded = False
            await asyncio.sleep(self._settings.poll_ms / 1000)

    def _presented(self, target: Target) -> PresentedCard:
        since_crowd_ms = (asyncio.get_running_loop().time() - self._crowd_s) * 1000
        return PresentedCard(
            target,
            self._reader,
            self._sam,
            self._applications,
            self._settings.presence,
            from_crowd=since_crowd_ms < self._settings.crowd_ms,
        )

    async def show(self, signal: Signal) -> None:
        """Give lamp and tone on the reader's pins; a failure is counted."""
        await self._lamp.show(signal)

    async def close(self) -> None:
        """Release both lines; idempotent."""
        try:
            await self._reader.close()
        finally:
            await self._sam.close()

    def psam_number(self) -> bytes:
        """Return the PSAM's number; empty without one."""
        return self._sam.number()

    def counters(self) -> Mapping[str, float]:
        """Return the counters of both ports, named ``reader_...`` and ``sam_...``."""
        ports = {"reader": self._reader.counters(), "sam": self._sam.counters()}
        counted = {f"{port}_{name}": value for port, counters in ports.items() for name, value in counters.items()}
        return {**counted, "reader_lamp_failures": self._lamp.failures}
