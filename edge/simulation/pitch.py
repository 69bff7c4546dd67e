"""The pitch before one terminal: its field, its PSAM, its cable, and what its lamp shows. Part of the world.

Riders act on it from outside every life; a terminal's reader, by bytes or by function calls, works on the same field.
What code of a dead life still does to it has no effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from drivers.virtual.field import ContactlessCard, Event, Field, Tear
from drivers.virtual.psam import Psam
from edge.domain.medium import CodeSnapshot
from edge.ports import CardSession, Signal
from edge.simulation.life import LIFE
from edge.simulation.loop import simulation_loop

CARDS_MAX: Final = Field.CARDS_MAX


def unread(_code: bytes) -> None:
    """Scan nothing: no engine has power."""


class Pitch:
    """One place where cards are held before a reader. ``on_signal`` hears every signal as it is shown."""

    def __init__(self, psam: Psam) -> None:
        self.field = Field(report=self._reported)
        self.psam = psam
        self.plugged = True
        self.queue = asyncio.Lock()
        self.signal: Signal | None = None
        self.on_signal: Callable[[Signal], None] = lambda _signal: None
        self.on_unplug: Callable[[], None] = lambda: None
        self.on_plug: Callable[[], None] = lambda: None
        self.on_scan: Callable[[bytes], None] = unread
        self.torn_at = ""
        self.shown: CardSession | None = None
        self.code: CodeSnapshot | None = None
        self._waiting: list[asyncio.Future[None]] = []

    def present(self, card: ContactlessCard, tear: Tear | None = None) -> None:
        """Hold a card before the reader; with ``tear`` it leaves at that moment."""
        self.signal, self.torn_at = None, ""
        self.field.plan_tear(tear)
        self.field.present(card)
        self._tell()

    def present_shown(self, card: CardSession) -> None:
        """Hold a card there that needs no reading: a session at the reader's port."""
        self.signal, self.torn_at, self.shown = None, "", card
        self._tell()

    def present_code(self, code: CodeSnapshot) -> None:
        """Hold a code before the scanner, which reads it once."""
        self.signal, self.torn_at, self.code = None, "", code
        self._tell()

    def present_printed(self, code: bytes) -> None:
        """Hold a code before the engine on the scanner's line."""
        self.signal, self.torn_at = None, ""
        self.on_scan(code)
        self._tell()

    def remove(self) -> None:
        """Take all cards and codes away."""
        self.shown, self.code = None, None
        self.field.plan_tear(None)
        if self.field.present_cards:
            self.field.remove()
        self._tell()

    def unplug(self) -> None:
        """Pull the reader's cable."""
        self.plugged = False
        self.on_unplug()
        self._tell()

    def plug(self) -> None:
        """Put the cable back."""
        self.plugged = True
        self.on_plug()
        self._tell()

    def lose_power(self) -> None:
        """Let reader, scanner and PSAM go dark: the sessions of card and PSAM are gone, the lamp as well."""
        self.field.power(on=False)
        self.psam.power_off()
        self.on_scan = unread
        self.signal = None
        self._tell()

    def show(self, signal: Signal) -> None:
        """Light the lamp, for whoever lives."""
        life = LIFE.get()
        if life is not None and life.dead:
            return
        self.signal = signal
        self.on_signal(signal)
        self._tell()

    @property
    def occupied(self) -> bool:
        """Say whether a card is in the field."""
        return bool(self.field.present_cards) or self.shown is not None

    async def somebody(self) -> None:
        """Wait until a card is in the field."""
        while not self.occupied:
            await self.changed(None)

    async def changed(self, timeout_ms: float | None) -> bool:
        """Wait until anything changes here; False after ``timeout_ms``."""
        waiter: asyncio.Future[None] = simulation_loop().create_future()
        self._waiting.append(waiter)
        await asyncio.wait((waiter,), timeout=None if timeout_ms is None else timeout_ms / 1000)
        if waiter in self._waiting:
            self._waiting.remove(waiter)
        return waiter.done()

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)

    def _reported(self, event: Event) -> None:
        if event["event"] == "apdu" and event["phase"] == "lost":
            self.torn_at = str(event["step"])
        if event["event"] == "removed":
            self._tell()
