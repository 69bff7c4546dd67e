"""Two cards lie before the reader at once."""

from __future__ import annotations

from typing import ClassVar, Final

from edge.simulation.boarding import Visit
from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector

TWO: Final = FaultClass("two_cards", 0.012, "two cards were held before the reader at once")


class TwoCards(Injector):
    """Brings another rider's card in beside the first."""

    classes: ClassVar[tuple[FaultClass, ...]] = (TWO,)

    def at_visit(self, visit: Visit) -> None:
        """Bring a second card in, perhaps."""
        if not self.faults.draw(TWO, visit.machine.label):
            return
        rider = self.town.stream("two_cards").choice(self.town.riders)
        second = rider.cards[0]
        if second is visit.boarding.card or second.held or not second.returns:
            return
        self.faults.count(TWO)
        visit.second = second
        self.town.note(visit.machine.label, TWO.words, card=visit.boarding.card.label)
