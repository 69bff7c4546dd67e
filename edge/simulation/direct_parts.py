"""Reader and SAM reader by function call: the real terminal reader works on them, no byte passes a line.

The card's time passes all the same. A command that moves money has its time to itself, so that the power may fail
between the card's work and its answer; the time of the others is slept through at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from drivers.apdu import CARD
from drivers.contactless import ISO_DEP, FieldCrowded, FieldEmpty, FieldView, Target
from drivers.contactless_reader import ContactlessReader
from drivers.conversation import CardLeft
from drivers.sam_reader import SamReader
from drivers.virtual.card_time import step_of
from drivers.virtual.field import Outcome, Presentation
from edge.domain.errors import ReaderError
from edge.simulation.pitch import Pitch

OPENING_MS: Final = 80.0
AT_ONCE_MS: Final = 60.0
"""Time that piles up before it is slept through."""
MONEY: Final = frozenset({"INITIALIZE", "DEBIT"})


class DirectContactless(ContactlessReader):
    """A contactless reader whose field is a pitch."""

    def __init__(self, pitch: Pitch) -> None:
        self._pitch = pitch
        self._open = False
        self._owed_ms = 0.0
        self._present: Presentation | None = None

    async def open(self) -> None:
        """Open the line; raises ``LINK_ABSENT`` while it is unplugged."""
        if self._open and self._pitch.plugged:
            return
        await asyncio.sleep(OPENING_MS / 1000)
        if not self._pitch.plugged:
            raise ReaderError("LINK_ABSENT", "the reader is not there")
        self._open = True
        self._pitch.field.power(on=True)

    async def close(self) -> None:
        """Release the line."""
        self._open = False

    async def poll(self) -> FieldView:
        """Look once."""
        self._demand_line()
        present = self._pitch.field.present_cards
        self._present = present[0] if len(present) == 1 else None
        if not present:
            return FieldEmpty()
        await asyncio.sleep(self._pitch.field.card_time.activation_ms() * len(present) / 1000)
        if self._present is None:
            return FieldCrowded()
        return Target(1, ISO_DEP, self._present.card.uid, self._present.card.ats)

    async def transmit(self, target: Target, apdu: bytes) -> bytes:
        """Send an APDU to the card; raises ``CARD_LEFT`` (also for a damaged answer), ``LINK_LOST``."""
        del target
        self._demand_line()
        if self._present is None:
            raise CardLeft
        heard: list[Outcome] = []
        self._pitch.field.exchange(self._present, apdu, heard.append)
        outcome = heard[0]
        await self._spend(outcome.took_ms, now=outcome.answer is None or step_of(apdu) in MONEY)
        self._demand_line()
        if outcome.answer is None:
            raise CardLeft
        return outcome.answer

    async def present(self, target: Target) -> bool:
        """Say whether the card is still there."""
        del target
        self._demand_line()
        return self._present is not None and self._present.here

    async def release(self) -> None:
        """Let go of the card."""
        self._present = None

    async def reset_field(self) -> None:
        """Reset every card."""
        self._demand_line()
        self._pitch.field.power(on=False)
        self._pitch.field.power(on=True)

    async def write_outputs(self, bits: int) -> None:
        """Take the pins' state."""
        del bits

    def counters(self) -> Mapping[str, float]:
        """Return nothing: there is no line to count on."""
        return {}

    def _demand_line(self) -> None:
        if not self._open or not self._pitch.plugged:
            self._open = False
            raise ReaderError("LINK_LOST", "the reader went away")

    async def _spend(self, took_ms: float, *, now: bool) -> None:
        self._owed_ms += took_ms
        if now or self._owed_ms >= AT_ONCE_MS:
            owed_ms, self._owed_ms = self._owed_ms, 0.0
            await asyncio.sleep(owed_ms / 1000)


class DirectSams(SamReader):
    """A SAM reader whose one slot holds the PSAM of a pitch."""

    def __init__(self, pitch: Pitch) -> None:
        self._pitch = pitch
        self._powered_now = False

    async def open(self) -> None:
        """Power the PSAM."""
        if not self._powered_now:
            await asyncio.sleep(self._pitch.field.card_time.sam_reset_ms() / 1000)
            self._pitch.psam.reset()
            self._powered_now = True

    async def close(self) -> None:
        """Take the power away."""
        self._powered_now = False

    async def transmit(self, name: str, apdu: bytes) -> bytes:
        """Send an APDU to the PSAM."""
        if name == CARD:
            raise ReaderError("READER_REFUSED", "a card is not behind the SAM reader")
        answer = self._pitch.psam.process(apdu)
        await asyncio.sleep(self._pitch.field.card_time.command_ms(step_of(apdu)) / 1000)
        return answer

    def powered(self, name: str) -> bool:
        """Say whether the PSAM has power."""
        del name
        return self._powered_now

    def counters(self) -> Mapping[str, float]:
        """Return nothing: there is no line to count on."""
        return {}
