"""The technician goes from terminal to terminal and enrols anew where a terminal says that it must be."""

from __future__ import annotations

import asyncio
import json
from typing import Final

from edge.simulation.machine import Machine
from edge.simulation.town import Town

ROUND_S: Final = 1_800.0


async def act(town: Town) -> None:
    """Go round for ever."""
    while True:
        await asyncio.sleep(ROUND_S)
        for machine in town.machines:
            if machine.in_use and needs_enrolment(machine):
                town.note(machine.label, "the technician enrols the terminal anew")
                enrol_anew(machine)


def needs_enrolment(machine: Machine) -> bool:
    """Read what the terminal shows: its continuity is lost, or the centre refuses the journal in force."""
    service = machine.service
    if service is None:
        return False
    if service.supervisor.line.service.continuity == "lost":
        return True
    status = machine.config.paths.state / "sync" / "status.json"
    if not status.exists():
        return False
    return str(service.journal.epoch) in json.loads(status.read_text("utf-8"))["stopped"]


def enrol_anew(machine: Machine) -> None:
    """Enrol at the next start, and start."""
    machine.enrol_due = True
    machine.process.cut()
