"""The card leaves too early: at each command of a tap, before or after it carried the command out."""

from __future__ import annotations

from typing import ClassVar, Final

from drivers.virtual.field import Moment, Tear
from edge.simulation.boarding import Boarding, Visit
from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector

TEARS: Final = tuple(
    (FaultClass(f"torn_{name}", rate, f"the card left at {step}, {'done' if executed else 'not done'}"), step, executed)
    for name, step, executed, rate in (
        ("select", "SELECT", False, 0.004),
        ("reading", "READ BINARY", True, 0.004),
        ("log", "READ RECORD", True, 0.004),
        ("initialize", "INITIALIZE", True, 0.006),
        ("trip", "UPDATE CAPP DATA CACHE", True, 0.006),
        ("debit_unheard", "DEBIT", False, 0.012),
        ("debit_unanswered", "DEBIT", True, 0.02),
    )
)
PROVE: Final = FaultClass("torn_prove", 0.25, "the card left again at GET TRANSACTION PROVE")
PULLED: Final = FaultClass("pulled", 0.01, "the card was pulled away at some moment")
PULLED_MS: Final = (30.0, 500.0)


class TornCard(Injector):
    """Plans one loss of contact for a visit."""

    classes: ClassVar[tuple[FaultClass, ...]] = (*(fault for fault, _, _ in TEARS), PROVE, PULLED)

    def at_visit(self, visit: Visit) -> None:
        """Plan a tear, perhaps; it counts when the card has left there."""
        label = visit.machine.label
        if visit.boarding.torn_at == "DEBIT" and self.faults.draw(PROVE, label):
            visit.tear = Tear(Moment(step="GET TRANSACTION PROVE"), executed=True)
            visit.planned = PROVE
            return
        for fault, step, executed in TEARS:
            if self.faults.draw(fault, label):
                visit.tear, visit.planned = Tear(Moment(step=step), executed=executed), fault
                return
        if self.faults.strike(PULLED, label):
            visit.leaves_after_ms = self.town.stream(f"{label}/pulled").uniform(*PULLED_MS)

    def after_tear(self, boarding: Boarding) -> None:
        """Count what happened."""
        if boarding.planned is not None and boarding.torn_at:
            self.faults.count(boarding.planned)
            self.town.note(boarding.machine.label, boarding.planned.words, card=boarding.card.label)
            boarding.planned = None
