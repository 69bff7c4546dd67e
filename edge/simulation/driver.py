"""The driver of a machine that rides: presses the keys that make the next tap pay for several, or for a companion."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from edge.domain.driver_key import Key, KeyPress
from edge.domain.duty import Move, Turn
from edge.ports.place import News
from edge.simulation.life import LIFE

if TYPE_CHECKING:
    from edge.simulation.machine import Machine
    from edge.simulation.town import Town

SEVERAL: Final = 0.03
COMPANION: Final = 0.02
CHANGES_MIND: Final = 0.1
"""Shares of boardings, and of the keys that are pressed again before anybody taps."""
WAIVED: Final = 0.02
RIDERS: Final = (2, 4)
REACHES_S: Final = 0.4


class DriverKeypad:
    """Implements :class:`edge.ports.place.PlaceSource` by function calls: what is pressed on a dark machine is lost."""

    def __init__(self) -> None:
        self._pressed: asyncio.Queue[News] | None = None
        self._count = 0

    def press(self, news: News) -> None:
        """Press a key, or sign on."""
        if self._pressed is not None:
            self._pressed.put_nowait(news)

    def lose_power(self) -> None:
        """Forget what nobody has taken."""
        self._pressed = None

    async def open(self) -> None:
        """Listen from now on."""
        if self._pressed is None:
            self._pressed = asyncio.Queue()

    async def next_news(self) -> News:
        """Wait for the next key."""
        await self.open()
        assert self._pressed is not None  # noqa: S101 - opened in the line above
        news = await self._pressed.get()
        self._count += 1
        return news

    async def close(self) -> None:
        """Listen no more."""
        life = LIFE.get()
        if life is None or not life.dead:
            self._pressed = None

    def counters(self) -> Mapping[str, float]:
        """Return how many keys were taken."""
        return {"keypad_frames": self._count}


def take_back(town: Town, machine: Machine) -> None:
    """Let the driver take the tap back that has just been answered, now and then."""
    if town.stream(f"{machine.label}/driver").random() < WAIVED:
        town.note(machine.label, "the driver takes the last tap back")
        machine.keypad.press(KeyPress(Key.WAIVE))


async def press_keys(town: Town, machine: Machine) -> None:
    """Press a key before some boardings; signs on where nobody drives."""
    draw = town.stream(f"{machine.label}/driver")
    point = draw.random()
    if point >= SEVERAL + COMPANION or machine.service is None or machine.service.vehicle is None:
        return
    if not machine.service.vehicle.book.duty.driver:
        machine.keypad.press(Move(Turn.SIGNED_ON, driver="1042"))
    press = KeyPress(Key.PAY_FOR, draw.randint(*RIDERS)) if point < SEVERAL else KeyPress(Key.COMPANION)
    town.note(machine.label, f"the driver presses {press.key.value}, {press.riders}")
    machine.keypad.press(press)
    if draw.random() < CHANGES_MIND:
        machine.keypad.press(KeyPress(Key.CANCEL))
    await asyncio.sleep(REACHES_S)
