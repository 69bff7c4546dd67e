"""Some people pay by bank card or by code, at the same terminals and in the same queue as everybody else."""

from __future__ import annotations

import asyncio
from typing import Final

from edge.simulation.loop import simulation_loop
from edge.simulation.machine import Machine
from edge.simulation.payers import ACCOUNT_PREFIX, BANK_CARD, CARD_PREFIX, CODE, Holding, Payer
from edge.simulation.town import DAY_S, HOUR_S, Town

SHARE: Final = 0.12
"""Boardings by bank card or code, for each boarding that the plan asks for."""
TRIPS: Final = 3
DAY_H: Final = (0.5, 17.5)
PATIENCE_MS: Final = 6_000.0
REACTION_S: Final = (0.2, 0.7)
STEP_BACK_S: Final = (1.0, 2.0)
LINES: Final = 3
"""Terminals that somebody goes to. The first goes around the city, so that every terminal sees both sorts."""
SORTS: Final = 2
RECORDED: Final = 0.15
LATER_S: Final = (4.0, 40.0)


async def act(town: Town) -> None:
    """Let everybody with a bank card or a code ride, day after day."""
    machines = [machine for machine in town.machines if machine.in_use]
    draw = town.stream("other payers")
    count = max(2, round(len(machines) * town.plan.taps * SHARE / TRIPS))
    payers = [
        _payer(at, [at // SORTS % len(machines), *draw.choices(range(len(machines)), k=LINES - 1)])
        for at in range(count)
    ]
    for payer in payers:
        town.watch.know_payer(payer)
    for day in range(town.plan.days):
        trips = [(day * DAY_S + draw.uniform(*DAY_H) * HOUR_S, payer) for payer in payers for _ in range(TRIPS)]
        for when_s, payer in sorted(trips, key=lambda trip: (trip[0], trip[1].label)):
            await asyncio.sleep(max(0.0, when_s - simulation_loop().time()))
            town.raise_failures()
            town.start(_ride(town, machines[draw.choice(payer.lines)], payer))


def _payer(at: int, lines: list[int]) -> Payer:
    if at % SORTS:
        return Payer(f"account {at}", CODE, f"{ACCOUNT_PREFIX}{at:07d}", lines)
    return Payer(f"bank card {at}", BANK_CARD, f"{CARD_PREFIX}{at:06d}", lines)


async def _ride(town: Town, machine: Machine, payer: Payer) -> None:
    """Pay once; now and then somebody tries what was shown a second time, from a recording or a screenshot."""
    draw = town.stream(f"{machine.label}/recordings")
    hold = payer.shown(town.now_ms(), by_bytes=machine.by_bytes)
    await pay(town, machine, payer, hold)
    if draw.random() < RECORDED:
        await asyncio.sleep(draw.uniform(*LATER_S))
        await pay(town, machine, payer, hold)


async def pay(town: Town, machine: Machine, payer: Payer, hold: Holding) -> None:
    """Hold a bank card or a code there, until the lamp says something or patience ends."""
    pitch, draw = machine.pitch, town.stream(f"{machine.label}/payers")
    async with pitch.queue:
        pitch.on_signal = lambda signal: town.watch.signal_shown(machine, payer, signal)
        town.note(machine.label, f"shown for the {payer.shows}. time", card=payer.label)
        hold(pitch)
        deadline_s = simulation_loop().time() + PATIENCE_MS / 1000
        while pitch.signal is None and simulation_loop().time() < deadline_s:
            await pitch.changed((deadline_s - simulation_loop().time()) * 1000)
        await asyncio.sleep(draw.uniform(*REACTION_S))
        town.endings[pitch.signal.lamp if pitch.signal is not None else "given up"] += 1
        town.boarded(payer.sort, by_bytes=machine.by_bytes)
        pitch.remove()
        await asyncio.sleep(draw.uniform(*STEP_BACK_S))
