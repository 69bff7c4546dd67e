"""One boarding: a card is held before a reader until the lamp says pass or no, or its holder gives up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from drivers.virtual.field import Tear
from edge.domain.frozen import mutable
from edge.simulation.driver import press_keys, take_back
from edge.simulation.faults import FaultClass
from edge.simulation.loop import simulation_loop
from edge.simulation.rider import RiderCard

if TYPE_CHECKING:
    from edge.simulation.machine import Machine
    from edge.simulation.town import Town

VISITS_MAX: Final = 5
PATIENCE_MS: Final = 6_000.0
REACTION_S: Final = (0.2, 0.7)
STEP_BACK_S: Final = (1.0, 2.0)
AGAIN_S: Final = (1.0, 4.0)
DARK_S: Final = (12.0, 45.0)
TORN_WINDOW_MS: Final = 120_000
PURSE: Final = "purse"


@mutable
class Boarding:
    """Somebody's wish to ride once. ``ended`` is green, red, or empty where they gave up.

    After a tear ``gives_up`` lets them walk away for good, ``pause_s`` come back later. ``planned`` is the class of the
    tear that the last visit had planned.
    """

    machine: Machine
    card: RiderCard
    visits: int = 0
    debited_before: int = 0
    started_ms: int = 0
    ended: str = ""
    torn_at: str = ""
    gives_up: bool = False
    pause_s: float = 0.0
    planned: FaultClass | None = None

    @property
    def debits(self) -> int:
        """Return how often the card was debited by the city's terminals during this boarding."""
        return self.card.debited_here - self.debited_before


@mutable
class Visit:
    """One time that the card is held there. ``tear`` plans the loss of contact, ``second`` brings another card in."""

    boarding: Boarding
    tear: Tear | None = None
    second: RiderCard | None = None
    leaves_after_ms: float = 0.0
    planned: FaultClass | None = None

    @property
    def machine(self) -> Machine:
        """Return where the card is held."""
        return self.boarding.machine


async def board(town: Town, machine: Machine, card: RiderCard) -> Boarding:
    """Board at a machine, one after the other; returns how it went."""
    async with machine.pitch.queue:
        await press_keys(town, machine)
        boarding = Boarding(machine, card, debited_before=card.debited_here, started_ms=town.now_ms())
        while boarding.visits < VISITS_MAX and not boarding.ended and not boarding.gives_up:
            await _visit(town, boarding)
        town.endings[boarding.ended or "given up"] += 1
        town.boarded(PURSE, by_bytes=machine.by_bytes)
        town.note(machine.label, f"boarding ends: {boarding.ended or 'gave up'}", card=card.label)
        _judge(town, boarding)
        if boarding.ended == "green":
            take_back(town, machine)
        return boarding


async def _visit(town: Town, boarding: Boarding) -> None:
    machine, card, draw = boarding.machine, boarding.card, town.stream(f"{boarding.machine.label}/visits")
    boarding.visits += 1
    visit = Visit(boarding)
    for injector in town.hooked("at_visit"):
        injector.at_visit(visit)
    card.at = machine.label
    pitch = machine.pitch
    pitch.on_signal = lambda signal: town.watch.signal_shown(machine, card, signal)
    town.note(machine.label, f"held before the reader, visit {boarding.visits}", card=card.label)
    pitch.present(card, visit.tear)
    if visit.second is not None:
        pitch.present(visit.second)
    await _await_signal(visit)
    await asyncio.sleep(draw.uniform(*REACTION_S))
    pitch.remove()
    card.at = ""
    await asyncio.sleep(draw.uniform(*STEP_BACK_S))
    lamp = pitch.signal.lamp if pitch.signal is not None else ""
    boarding.torn_at, boarding.planned = pitch.torn_at, visit.planned
    if lamp in ("green", "red") and not (pitch.signal is not None and pitch.signal.prompt == "out_of_service"):
        boarding.ended = lamp
        return
    await _before_the_next_visit(town, boarding, lamp)


async def _await_signal(visit: Visit) -> None:
    """Hold the card there until the lamp says something, or patience ends, or the card slips away."""
    pitch = visit.machine.pitch
    loop = simulation_loop()
    deadline_s = loop.time() + (visit.leaves_after_ms or PATIENCE_MS) / 1000
    while pitch.signal is None and loop.time() < deadline_s:
        await pitch.changed((deadline_s - loop.time()) * 1000)
    if pitch.signal is None and visit.leaves_after_ms:
        pitch.remove()
        await pitch.changed(PATIENCE_MS)


async def _before_the_next_visit(town: Town, boarding: Boarding, lamp: str) -> None:
    draw = town.stream(f"{boarding.machine.label}/visits")
    if boarding.torn_at or not lamp:
        for injector in town.hooked("after_tear"):
            injector.after_tear(boarding)
    if boarding.gives_up:
        return
    pause_s, boarding.pause_s = boarding.pause_s, 0.0
    await asyncio.sleep(pause_s or draw.uniform(*(AGAIN_S if lamp else DARK_S)))


def _judge(town: Town, boarding: Boarding) -> None:
    """Nobody pays twice for one boarding, and who paid passes, inside the torn window of a terminal left alone."""
    machine, card = boarding.machine, boarding.card
    now_ms = town.now_ms()
    if (
        machine.clock_is_wrong
        or machine.disturbed_ms >= boarding.started_ms
        or now_ms - boarding.started_ms > TORN_WINDOW_MS
    ):
        return
    if boarding.debits > 1:
        words = f"the card was debited {boarding.debits} times for one boarding"
        town.auditor.violate("I5", words, machine.label, now_ms, card.label)
    if boarding.debits and boarding.ended == "red":
        town.auditor.violate("I5", "the card was debited and turned away", machine.label, now_ms, card.label)
