"""What a class of faults may do: one file in ``fault_classes`` each, found by a scan of that package.

An injector declares its classes and overrides the hooks it needs. It draws by ``town.faults`` and counts what really
happened.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, ClassVar

from edge.simulation.faults import FaultClass

if TYPE_CHECKING:
    from edge.simulation.boarding import Boarding, Visit
    from edge.simulation.life import Boundary
    from edge.simulation.machine import Machine
    from edge.simulation.network import Reply, Request
    from edge.simulation.town import Town


class Injector:
    """Nothing goes wrong: every hook does nothing until a class of faults says otherwise."""

    classes: ClassVar[tuple[FaultClass, ...]] = ()

    def __init__(self, town: Town) -> None:
        self.town = town
        self.faults = town.faults

    async def run(self) -> None:
        """Act on its own, for as long as the faults go on."""

    def at_boot(self, machine: Machine) -> None:
        """Change a machine that is about to start."""

    def at_boundary(self, machine: Machine, boundary: Boundary) -> None:
        """Cut the power, or raise a ``sqlite3`` error, at a boundary of a database job."""

    def at_centre_boundary(self, boundary: Boundary) -> None:
        """Do the same to the centre."""

    def at_visit(self, visit: Visit) -> None:
        """Change how a card is about to be held before a reader."""

    def after_tear(self, boarding: Boarding) -> None:
        """Decide what a rider does whose card left too early."""

    def at_reply(self, request: Request, reply: Reply) -> Reply:
        """Replace what the centre answered."""
        del request
        return reply


def injectors(town: Town) -> list[Injector]:
    """Return one injector of each class in the package, in the order of their files."""
    from edge.simulation import fault_classes  # noqa: PLC0415 - the package's files import this module

    found: list[Injector] = []
    for module in pkgutil.iter_modules(fault_classes.__path__, fault_classes.__name__ + "."):
        loaded = importlib.import_module(module.name)
        found += [each(town) for each in vars(loaded).values() if _is_injector(each, loaded.__name__)]
    return found


def fault_classes_known() -> tuple[FaultClass, ...]:
    """Return every class of faults that a file in the package declares."""
    from edge.simulation import fault_classes  # noqa: PLC0415 - as above

    found: list[FaultClass] = []
    for module in pkgutil.iter_modules(fault_classes.__path__, fault_classes.__name__ + "."):
        loaded = importlib.import_module(module.name)
        for each in vars(loaded).values():
            if _is_injector(each, loaded.__name__):
                found += each.classes
    return tuple(found)


def _is_injector(thing: object, module: str) -> bool:
    return isinstance(thing, type) and issubclass(thing, Injector) and thing.__module__ == module
