"""A terminal writes a result that the centre refuses: its money goes into suspense, and nothing else waits for it."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Final

from edge.domain.entry import Draft, Entry, Kind
from edge.ports import HolderRow, Journal
from edge.simulation.audit_facts import NO_EDITION
from edge.simulation.boarding import Visit
from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector
from edge.simulation.machine import Machine

POISON: Final = FaultClass("poison_entry", 0.006, "a damaged build wrote a result that names no edition")


class PoisonEntry(Injector):
    """Spoils the next proof of a debit, as one flipped bit in a terminal's memory does."""

    classes: ClassVar[tuple[FaultClass, ...]] = (POISON,)

    def at_visit(self, visit: Visit) -> None:
        """Spoil what this tap will write, perhaps; it counts when it was written."""
        service = visit.machine.service
        if service is not None and self.faults.draw(POISON, visit.machine.label):
            self._spoil_next(visit.machine, service.supervisor.line.journal)

    def _spoil_next(self, machine: Machine, journal: Journal) -> None:
        """Stand before the journal until one proof has gone by."""
        append = journal.append

        async def spoiled(draft: Draft, *, holder: HolderRow | None = None, durable: bool = True) -> Entry:
            if draft.kind is not Kind.POSTED or self.town.calm:
                return await append(draft, holder=holder, durable=durable)
            setattr(journal, "append", append)  # noqa: B010 - the port's methods are not to be replaced but here
            entry = await append(replace(draft, edition=NO_EDITION), holder=holder, durable=durable)
            self.faults.count(POISON)
            self.town.note(machine.label, POISON.words)
            return entry

        setattr(journal, "append", spoiled)  # noqa: B010 - as above
