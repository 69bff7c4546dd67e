"""The card of a torn tap never comes back: its holder walks away, or loses it."""

from __future__ import annotations

from typing import ClassVar, Final

from edge.simulation.boarding import Boarding
from edge.simulation.faults import FaultClass
from edge.simulation.injector import Injector

NEVER: Final = FaultClass("never_returns", 0.12, "the holder of a torn card walked away and never came back")


class NeverReturns(Injector):
    """Lets a holder walk away for good."""

    classes: ClassVar[tuple[FaultClass, ...]] = (NEVER,)

    def after_tear(self, boarding: Boarding) -> None:
        """Walk away, perhaps."""
        if boarding.torn_at == "DEBIT" and self.faults.strike(NEVER, boarding.machine.label):
            boarding.gives_up, boarding.card.returns = True, False
            self.town.note(boarding.machine.label, NEVER.words, card=boarding.card.label)
