"""The end of a run: faults stop, everything is mended and switched on, and the backlog has to drain within a bound.

Then a fresh card rides at every terminal, all is switched off, and the centre's store is read as it lies on its disk.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Final, cast

from edge.simulation.actors.technician import enrol_anew, needs_enrolment
from edge.simulation.audit_facts import CentreRow, CentreTruth
from edge.simulation.boarding import board
from edge.simulation.centre_machine import DATABASE
from edge.simulation.machine import Machine
from edge.simulation.rider import RiderCard, Sort
from edge.simulation.town import HOUR_S, Town, eventually

DRAIN_S: Final = 8 * HOUR_S
LOOK_S: Final = 300.0
SETTLE_S: Final = 1_800.0
RICH_FEN: Final = 50_000
FRESH_CARDS: Final = 900_000_000

ENTRIES: Final = """SELECT 'entry', terminal_id, epoch, seq, raw FROM entry
    UNION ALL SELECT 'quarantine', terminal_id, epoch, seq, raw FROM quarantine
    UNION ALL SELECT 'conflict', terminal_id, epoch, seq, raw FROM conflict_entry ORDER BY 1, 2, 3, 4"""
STREAMS: Final = "SELECT terminal_id, epoch, acked_seq FROM stream WHERE seen = 1 ORDER BY 1, 2"
EARNED: Final = """SELECT token, count(*), sum(payer_fen) FROM entry WHERE earned = 1 GROUP BY token ORDER BY token"""


async def come_to_rest(town: Town) -> CentreTruth:
    """Bring the town to rest; returns what the centre holds then."""
    _mend(town)
    await asyncio.sleep(SETTLE_S)
    if not town.auditor.violations:
        await _drain(town, "after the faults stopped")
        await _fresh_cards_ride(town)
        await _drain(town, "after the last rides")
    problems = (await town.centre.ask(lambda centre: centre.books())).problems
    for machine in town.machines:
        machine.switch_off()
    town.centre.process.cut()
    town.raise_failures()
    return read_centre(town.centre.disk.path / DATABASE, problems)


def _mend(town: Town) -> None:
    """End every fault and switch everything off and on."""
    town.calm = True
    town.faults.stop()
    for machine in town.machines:
        machine.disk.full = False
        machine.line.recover()
        machine.clock.drift(0.0)
        machine.clock.set_right()
        machine.disturbed_ms = town.now_ms()
        machine.pitch.plug()
        machine.process.cut()
        machine.switch_on()
    town.note("city", "all faults end; every terminal is switched off and on")


async def _drain(town: Town, when: str) -> None:
    """Wait until the centre has everything, enrolling anew what must be; a violation where it never does."""

    def drained() -> bool:
        for machine in town.machines:
            if machine.in_use and needs_enrolment(machine):
                enrol_anew(machine)
        return all(_has_drained(machine) for machine in town.machines)

    if await eventually(drained, within_s=DRAIN_S, every_s=LOOK_S):
        return
    for machine in town.machines:
        if not _has_drained(machine):
            words = f"the backlog did not drain {when}: {_standing(machine)}"
            town.auditor.violate("I12", words, machine.label, town.now_ms())


def _has_drained(machine: Machine) -> bool:
    if machine.service is None:
        return False
    stopped = _stopped(machine)
    return all(stream.drained() or stream.epoch in stopped for stream in machine.service.streams())


def _stopped(machine: Machine) -> list[int]:
    status = machine.config.paths.state / "sync" / "status.json"
    if not status.exists():
        return []
    stopped: dict[str, str] = json.loads(status.read_text("utf-8"))["stopped"]
    forked = machine.town.auditor.is_forked
    return [int(epoch) for epoch in stopped if forked(machine.name, int(epoch))]


def _standing(machine: Machine) -> str:
    if machine.service is None:
        return f"the terminal does not run ({dict(machine.troubles)})"
    status = machine.config.paths.state / "sync" / "status.json"
    told = status.read_text("utf-8") if status.exists() else ""
    return ", ".join(str(stream.position()) for stream in machine.service.streams()) + f" {told}"


async def _fresh_cards_ride(town: Town) -> None:
    """Hold a good card before every terminal in use: it has to ride."""
    waits = []
    for at, machine in enumerate(town.machines):
        if machine.in_use:
            card = RiderCard(FRESH_CARDS + at, Sort.HOME, RICH_FEN)
            town.watch.know_card(card)
            waits.append(town.start(_rides(town, machine, card)))
            town.fresh_cards.append(card)
    await asyncio.gather(*waits)


async def _rides(town: Town, machine: Machine, card: RiderCard) -> None:
    """Hold the card there; once more after an enrolment where the first tap shows that the box was swapped."""
    boarding = await board(town, machine, card)
    if boarding.ended != "green" and needs_enrolment(machine):
        enrol_anew(machine)
        await eventually(lambda: machine.service is not None, within_s=SETTLE_S, every_s=LOOK_S)
        boarding = await board(town, machine, card)
    if boarding.ended != "green":
        service = machine.service
        stop = service.supervisor.line.service.stop if service is not None else "not running"
        words = f"a good card was not let ride after all faults had ended ({boarding.ended or 'no lamp'}, {stop})"
        town.auditor.violate("I12", words, machine.label, town.now_ms(), card.label)


def read_centre(path: Path, problems: tuple[str, ...]) -> CentreTruth:
    """Read the centre's store as it lies on its disk; nobody has it open."""
    connection = sqlite3.connect(path)
    try:
        rows = tuple(CentreRow(*row) for row in connection.execute(ENTRIES))
        streams = {(terminal, epoch): acked for terminal, epoch, acked in connection.execute(STREAMS)}
        accounts = dict(connection.execute("SELECT account, sum(fen) FROM posting GROUP BY account ORDER BY account"))
        by_token = {token: (taps, fen) for token, taps, fen in connection.execute(EARNED)}
    finally:
        connection.close()
    return CentreTruth(
        rows, streams, problems, cast("dict[str, int]", accounts), cast("dict[bytes, tuple[int, int]]", by_token)
    )
