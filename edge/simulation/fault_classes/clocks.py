"""Clocks: wrong at boot, drifting, jumping forward and back; later set right, as a time server does."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector
from edge.simulation.machine import Machine
from edge.simulation.town import HOUR_S

WRONG: Final = FaultClass("clock_wrong_at_boot", 0.15, "the clock was wrong at boot")
DRIFT: Final = FaultClass("clock_drift", 0.03, "the clock began to drift")
FORWARD: Final = FaultClass("clock_jump_forward", 0.02, "the clock jumped forward")
BACK: Final = FaultClass("clock_jump_back", 0.02, "the clock jumped back")
DAY_MS: Final = 86_400_000
WRONG_DAYS: Final = (-20_000, -9_000, -400, -1, 1, 400, 1_100)
JUMPS_MS: Final = (5_000, 90_000, 600_000, 7_200_000, 3 * DAY_MS, 400 * DAY_MS)
DRIFT_PPM: Final = (-500, 500)
MENDED_S: Final = (30.0, 2 * HOUR_S)


class Clocks(Injector):
    """Puts clocks out of order and in order again."""

    classes: ClassVar[tuple[FaultClass, ...]] = (WRONG, DRIFT, FORWARD, BACK)

    def at_boot(self, machine: Machine) -> None:
        """Start with a clock that has lost its battery, perhaps."""
        if self.faults.strike(WRONG, machine.label):
            days = self.town.stream(f"{machine.label}/clock").choice(WRONG_DAYS)
            self._jump(machine, days * DAY_MS, f"{WRONG.words}: {days} days off")

    async def run(self) -> None:
        """Let clocks drift and jump, an hour at a time."""
        while True:
            await asyncio.sleep(HOUR_S)
            for machine in self.town.machines:
                draw = self.town.stream(f"{machine.label}/clock")
                if self.faults.strike(DRIFT, machine.label):
                    machine.clock.drift(draw.uniform(*DRIFT_PPM))
                for fault, sign in ((FORWARD, 1), (BACK, -1)):
                    if self.faults.strike(fault, machine.label):
                        by_ms = draw.choice(JUMPS_MS)
                        self._jump(machine, sign * by_ms, f"{fault.words} by {by_ms / 1000:.0f} s")

    def _jump(self, machine: Machine, by_ms: float, words: str) -> None:
        machine.clock.jump(by_ms)
        machine.disturbed_ms = self.town.now_ms()
        self.town.note(machine.label, words)
        self.town.start(self._mend(machine))

    async def _mend(self, machine: Machine) -> None:
        await asyncio.sleep(self.town.stream(f"{machine.label}/clock").uniform(*MENDED_S))
        machine.clock.set_right()
        machine.disturbed_ms = self.town.now_ms()
        self.town.note(machine.label, "the clock was set right")
