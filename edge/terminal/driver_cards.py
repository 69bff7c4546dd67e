"""Signs a driver on and off by a card at the reader: it is charged nothing, and no ride is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edge.domain.drivers import Driver, DriverRoster
from edge.domain.duty import Move, Turn
from edge.domain.shown import is_genuine
from edge.domain.tap import Tap, TimeQuality
from edge.ports import Signal
from edge.terminal.outcome import Outcome
from edge.terminal.vehicle import Vehicle

SIGNED_ON: Final = Signal(lamp="amber", tone="again", prompt="driver_signed_on")
SIGNED_OFF: Final = Signal(lamp="amber", tone="again", prompt="driver_signed_off")


@dataclass(frozen=True, slots=True)
class DriverCards:
    """Knows the cards of the edition in force; without a roster no card is a driver's.

    A purse is known by its number alone here: what a copy of it could do is to sign somebody on, not to spend.
    """

    vehicle: Vehicle

    def driver_of(self, tap: Tap) -> Driver | None:
        """Return whose card this is, None for any other."""
        roster = self.vehicle.book.line.reference.value(DriverRoster)
        if roster is None or not tap.token or not is_genuine(tap.medium):
            return None
        return roster.of_card(tap.token, tap.time_ms if tap.quality is TimeQuality.TRUSTED else 0)

    async def take(self, tap: Tap, driver: Driver) -> Outcome:
        """Sign a driver on, or off where it is the driver on duty; called while no other tap is being taken.

        What an announcer said before holds on for the driver who comes.
        """
        duty = self.vehicle.book.duty
        off = duty.driver == driver.driver
        place = (duty.vehicle, duty.line, duty.direction, duty.station)
        await self.vehicle.follow(Move(Turn.SIGNED_OFF) if off else Move(Turn.SIGNED_ON, driver.driver, *place))
        return Outcome(accepted=False, signal=SIGNED_OFF if off else SIGNED_ON, tap_id=b"", token=tap.token)
