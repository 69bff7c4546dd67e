"""Some people pay by bank card or by code, at the same terminals and in the same queue as everybody else."""

from __future__ import annotations

import asyncio
from typing import Final

from edge.domain.medium import BankCardSnapshot, CodeSnapshot
from edge.simulation.loop import simulation_loop
from edge.simulation.machine import Machine
from edge.simulation.payers import BANK_CARD, CODE, Payer, ShownCard
from edge.simulation.town import DAY_S, HOUR_S, Town

SHARE: Final = 0.12
"""Boardings by bank card or code, for each boarding that the plan asks for."""
TRIPS: Final = 3
DAY_H: Final = (0.5, 17.5)
PATIENCE_MS: Final = 6_000.0
REACTION_S: Final = (0.2, 0.7)
STEP_BACK_S: Final = (1.0, 2.0)
LINES: Final = 3
RECORDED: Final = 0.15
LATER_S: Final = (4.0, 40.0)


async def act(town: Town) -> None:
    """Let everybody with a bank card or a code ride, day after day."""
    machines = [machine for machine in town.machines if machine.in_use]
    draw = town.stream("other payers")
    count = max(2, round(len(machines) * town.plan.taps * SHARE / TRIPS))
    payers = [_payer(at, [draw.randrange(len(machines)) for _ in range(LINES)]) for at in range(count)]
    for payer in payers:
        town.watch.know_payer(payer)
    for day in range(town.plan.days):
        trips = [(day * DAY_S + draw.uniform(*DAY_H) * HOUR_S, payer) for payer in payers for _ in range(TRIPS)]
        for when_s, payer in sorted(trips, key=lambda trip: (trip[0], trip[1].label)):
            await asyncio.sleep(max(0.0, when_s - simulation_loop().time()))
            town.raise_failures()
            town.start(_ride(town, machines[draw.choice(payer.lines)], payer))


def _payer(at: int, lines: list[int]) -> Payer:
    if at % 2:
        return Payer(f"account {at}", CODE, f"310452000{at:010d}", lines)
    return Payer(f"bank card {at}", BANK_CARD, f"62280001{at:08d}", lines)


async def _ride(town: Town, machine: Machine, payer: Payer) -> None:
    """Pay once; now and then somebody tries what was shown a second time, from a recording or a screenshot."""
    draw = town.stream(f"{machine.label}/recordings")
    medium = payer.medium(town.now_ms())
    await pay(town, machine, payer, medium)
    if draw.random() < RECORDED:
        await asyncio.sleep(draw.uniform(*LATER_S))
        await pay(town, machine, payer, medium)


async def pay(town: Town, machine: Machine, payer: Payer, medium: BankCardSnapshot | CodeSnapshot) -> None:
    """Hold a bank card or a code there, until the lamp says something or patience ends."""
    pitch, draw = machine.pitch, town.stream(f"{machine.label}/payers")
    async with pitch.queue:
        pitch.on_signal = lambda signal: town.watch.signal_shown(machine, payer, signal)
        town.note(machine.label, f"shown for the {payer.shows}. time", card=payer.label)
        if isinstance(medium, BankCardSnapshot):
            pitch.present_shown(ShownCard(pitch, medium))
        else:
            pitch.present_code(medium)
        deadline_s = simulation_loop().time() + PATIENCE_MS / 1000
        while pitch.signal is None and simulation_loop().time() < deadline_s:
            await pitch.changed((deadline_s - simulation_loop().time()) * 1000)
        await asyncio.sleep(draw.uniform(*REACTION_S))
        town.endings[pitch.signal.lamp if pitch.signal is not None else "given up"] += 1
        pitch.remove()
        await asyncio.sleep(draw.uniform(*STEP_BACK_S))
