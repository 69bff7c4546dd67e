"""Between a torn tap and its return the card rides somewhere else, or is topped up there."""

from __future__ import annotations

from typing import ClassVar, Final

from edge.simulation.boarding import Boarding
from edge.simulation.elsewhere import ride_elsewhere, top_up_elsewhere
from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector

ELSEWHERE: Final = FaultClass("ride_elsewhere", 0.2, "a torn card rode elsewhere before it came back")
TOP_UP: Final = FaultClass("top_up_between", 0.12, "a torn card was topped up before it came back")
RIDES_MAX: Final = 12
LATER_S: Final = (20.0, 4_000.0)
RIDE_S: Final = 15.0
"""No ride takes less: eleven of them, which push a debit out of the card's log, last longer than the torn window."""


class RideElsewhere(Injector):
    """Takes a torn card to another city's terminals, or to a counter, and brings it back later."""

    classes: ClassVar[tuple[FaultClass, ...]] = (ELSEWHERE, TOP_UP)

    def after_tear(self, boarding: Boarding) -> None:
        """Ride elsewhere or top up, perhaps."""
        label, card = boarding.machine.label, boarding.card
        if boarding.torn_at != "DEBIT" or boarding.gives_up:
            return
        draw = self.town.stream(f"{label}/elsewhere")
        if self.faults.draw(ELSEWHERE, label):
            rides = ride_elsewhere(card, draw.randint(1, RIDES_MAX), self.town.now_ms())
            if rides:
                self.faults.count(ELSEWHERE)
                boarding.pause_s = max(draw.uniform(*LATER_S), rides * RIDE_S)
                self.town.note(label, f"{ELSEWHERE.words} ({rides} rides)", card=card.label)
        elif self.faults.strike(TOP_UP, label):
            top_up_elsewhere(card, draw.randrange(100, 10_000), self.town.now_ms())
            self.town.note(label, TOP_UP.words, card=card.label)
