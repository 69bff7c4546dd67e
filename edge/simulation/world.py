"""A city in a box: builds the town of a plan, lets its days pass, lets it come to rest, and hands over the report."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from edge.simulation import actors
from edge.simulation.actors.operator import publish
from edge.simulation.actors.riders import settle_in
from edge.simulation.auditor import Auditor
from edge.simulation.centre_machine import CentreMachine
from edge.simulation.failures import SimulationError
from edge.simulation.faults import Faults
from edge.simulation.injector import fault_classes_known, injectors
from edge.simulation.loop import simulation_loop
from edge.simulation.machine import ENTRIES_KEPT, Machine
from edge.simulation.rest import come_to_rest
from edge.simulation.run import Result, run
from edge.simulation.tally import Report, report_of
from edge.simulation.town import DAY_S, Plan, Town, eventually
from edge.simulation.watching import Watch

PSAM_FIRST: Final = 0x4520_0100_0000
EVENING_S: Final = 3_600.0
OPENING_S: Final = 1_700.0


def simulate(plan: Plan, folder: Path) -> Result[Report]:
    """Run one plan from its seed; ``folder`` is empty, best on a memory file system."""
    return run(lambda: live(plan, folder), plan.seed)


async def live(plan: Plan, folder: Path) -> Report:
    """Build the town, let its days pass and let it come to rest; returns what the auditor says of it."""
    town = await opened(plan, folder)
    work = [*(injector.run() for injector in town.injectors), *(act(town) for act in every_actor())]
    busy = [town.start(each) for each in work]
    await _pass_days(town)
    for task in busy:
        task.cancel()
    town.raise_failures()
    truth = await come_to_rest(town)
    return report_of(town, truth)


async def opened(plan: Plan, folder: Path) -> Town:
    """Return a town whose centre runs, whose cards are issued and whose terminals sell."""
    town = found(plan, folder)
    town.start(town.centre.live())
    await town.centre.ask(lambda centre: centre.pulse())
    town.watch = Watch(town)
    settle_in(town, len(town.machines))
    await publish(town)
    await _open(town)
    return town


async def _open(town: Town) -> None:
    """Enrol every terminal and see it in service before anything goes wrong, as technicians do."""
    town.faults.stop()
    town.calm = True
    for machine in town.machines:
        town.start(machine.live())
    if not await eventually(lambda: all(map(_sells, town.machines)), within_s=OPENING_S, every_s=10.0):
        raise SimulationError("not every terminal came into service")
    town.calm = False
    town.faults.resume()


def _sells(machine: Machine) -> bool:
    service = machine.service
    return service is not None and not service.supervisor.line.service.stop and bool(service.hello()["edition"])


async def _pass_days(town: Town) -> None:
    """Let the days pass; a broken promise ends them, for what follows would only hide it."""
    end_s = town.plan.days * DAY_S
    while simulation_loop().time() < end_s and not town.auditor.violations:
        await asyncio.sleep(min(EVENING_S, end_s - simulation_loop().time()))
        town.raise_failures()


def found(plan: Plan, folder: Path) -> Town:
    """Return a town with a centre and machines that do not run yet."""
    known = [each for each in fault_classes_known() if plan.only is None or each.name in plan.only]
    faults = Faults(simulation_loop().streams, known, scale=plan.fault_scale)
    town = Town(plan, folder, faults, Auditor(plan.retention_days, ENTRIES_KEPT))
    town.centre = CentreMachine(town)
    by_bytes = max(1, round(plan.terminals * plan.byte_share))
    for at in range(plan.terminals):
        name = f"bus-{at + 1:03d}"
        number = (PSAM_FIRST + at + 1).to_bytes(6, "big")
        town.machines.append(Machine(town, name, name, number, by_bytes=at < by_bytes))
    town.injectors = injectors(town)
    return town


def every_actor() -> list[Callable[[Town], Coroutine[Any, Any, None]]]:
    """Return ``act`` of every file in the package of actors, in the order of their names."""
    names = [module.name for module in pkgutil.iter_modules(actors.__path__, actors.__name__ + ".")]
    return [importlib.import_module(name).act for name in names]
