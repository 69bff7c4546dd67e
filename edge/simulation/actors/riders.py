"""People ride to work, to lunch and home again, most days by the same lines, sometimes with another card."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Final

from edge.simulation.boarding import board
from edge.simulation.loop import simulation_loop
from edge.simulation.machine import Machine
from edge.simulation.rider import Rider, RiderCard, draw_balance, draw_sort
from edge.simulation.town import DAY_S, HOUR_S, Town

TRIPS: Final = (2, 4)
LINES: Final = 3
CARDS: Final = (1, 3)
SECOND_CARD: Final = 0.15
OTHER_LINE: Final = 0.2
COMPANION: Final = 0.04
PEAKS_H: Final = ((2.6, 0.7, 0.40), (7.2, 0.6, 0.15), (12.8, 0.9, 0.35))
"""Hours after the day's start at five, their spread, their share; the rest rides at any hour."""
LAST_H: Final = 17.5
FIRST_H: Final = 0.5


async def act(town: Town) -> None:
    """Let everybody ride, day after day."""
    regular = [machine for machine in town.machines if machine.in_use]
    people = list(town.riders)
    for day in range(town.plan.days):
        end_s = (day + 1) * DAY_S
        trips = [trip for rider in people for trip in _trips_of(town, rider, day)]
        for when_s, rider in sorted(trips, key=lambda trip: (trip[0], trip[1].name)):
            await _sleep_until(when_s)
            town.raise_failures()
            town.start(_ride(town, rider, regular))
        await _sleep_until(end_s - HOUR_S)


def settle_in(town: Town, machines: int) -> None:
    """Issue cards to as many riders as the planned boardings need."""
    draw = town.stream("people")
    riders = max(1, round(machines * town.plan.taps / (sum(TRIPS) / 2)))
    number = 0
    for at in range(riders):
        cards: list[RiderCard] = []
        for _ in range(draw.randint(*CARDS)):
            number += 1
            sort = draw_sort(draw)
            card = RiderCard(number, sort, draw_balance(sort, draw))
            town.watch.know_card(card)
            cards.append(card)
        lines = [draw.randrange(machines) for _ in range(LINES)]
        town.riders.append(Rider(f"rider {at}", cards, lines, draw.randint(*TRIPS)))


def _trips_of(town: Town, rider: Rider, day: int) -> list[tuple[float, Rider]]:
    draw = town.stream(f"day/{day}")
    return [(day * DAY_S + _hour(draw) * HOUR_S, rider) for _ in range(rider.trips)]


def _hour(draw: Random) -> float:
    point = draw.random()
    for middle_h, spread_h, share in PEAKS_H:
        if point < share:
            return min(max(draw.gauss(middle_h, spread_h), FIRST_H), LAST_H)
        point -= share
    return draw.uniform(FIRST_H, LAST_H)


async def _ride(town: Town, rider: Rider, machines: list[Machine]) -> None:
    draw = town.stream(f"{rider.name}/choices")
    cards = [card for card in rider.cards if card.returns and not card.held]
    if not cards:
        return
    card = draw.choice(cards) if draw.random() < SECOND_CARD else cards[0]
    line = draw.randrange(len(machines)) if draw.random() < OTHER_LINE else draw.choice(rider.lines)
    machine = machines[line]
    card.held = True
    rider.boardings += 1
    boarding = await board(town, machine, card)
    if boarding.ended == "green" and draw.random() < COMPANION and card.returns:
        await asyncio.sleep(draw.uniform(2.0, 10.0))
        await board(town, machine, card)
    card.held = False


async def _sleep_until(when_s: float) -> None:
    await asyncio.sleep(max(0.0, when_s - simulation_loop().time()))
