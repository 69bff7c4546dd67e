"""Lamp and tone on the output pins of a contactless reader."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import field

from drivers.contactless_reader import ContactlessReader
from edge.domain.errors import OneCardError
from edge.domain.frozen import frozen
from edge.ports import Signal


@frozen
class LampSettings:
    """Which pins mean what: ``lamps`` and ``tones`` map names to bits, ``idle`` is the state between signals."""

    lamps: Mapping[str, int] = field(default_factory=dict)
    tones: Mapping[str, int] = field(default_factory=dict)
    idle: int = 0
    show_ms: float = 1500.0


class ReaderLamp:
    """Sets pins for a signal and takes them back later, between two polls. A failure is counted, never raised."""

    def __init__(self, reader: ContactlessReader, settings: LampSettings | None = None) -> None:
        self._reader = reader
        self._settings = settings or LampSettings()
        self._lit_until_s: float | None = None
        self.failures = 0

    async def show(self, signal: Signal) -> None:
        """Set the pins of lamp and tone; nothing where the profile names none."""
        bits = self._settings.lamps.get(signal.lamp, 0) | self._settings.tones.get(signal.tone, 0)
        if bits:
            self._lit_until_s = asyncio.get_running_loop().time() + self._settings.show_ms / 1000
            await self._write(bits)

    async def rest(self) -> None:
        """Take the signal back when its time is over."""
        if self._lit_until_s is not None and asyncio.get_running_loop().time() >= self._lit_until_s:
            self._lit_until_s = None
            await self._write(self._settings.idle)

    async def _write(self, bits: int) -> None:
        try:
            await self._reader.write_outputs(bits)
        except OneCardError:
            self.failures += 1
