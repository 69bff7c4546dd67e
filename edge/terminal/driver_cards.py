"""Signs a driver on and off by a card at the reader: it is charged nothing, and no ride is written."""

from __future__ import annotations

from dataclasses import field
from typing import Final

from edge.domain.drivers import Driver, DriverRoster
from edge.domain.duty import Move, Turn
from edge.domain.frozen import mutable
from edge.domain.shown import is_genuine
from edge.domain.staff import holds
from edge.domain.tap import Tap, TimeQuality
from edge.ports import Signal
from edge.terminal.outcome import Outcome
from edge.terminal.vehicle import Vehicle

SIGNED_ON: Final = Signal(lamp="amber", tone="again", prompt="driver_signed_on")
SIGNED_OFF: Final = Signal(lamp="amber", tone="again", prompt="driver_signed_off")


@mutable
class DriverCards:
    """Knows the cards of the edition in force; without a roster no card is a driver's.

    A purse is known by its number alone here: what a copy of it could do is to sign somebody on, not to spend.
    """

    vehicle: Vehicle
    _roster: DriverRoster | None = None
    _by_token: dict[bytes, Driver] = field(default_factory=dict)

    def driver_of(self, tap: Tap) -> Driver | None:
        """Return whose card this is, None for any other."""
        driver = self._listed().get(tap.token)
        trusted_ms = tap.time_ms if tap.quality is TimeQuality.TRUSTED else 0
        return driver if driver is not None and holds(driver, trusted_ms) and is_genuine(tap.medium) else None

    def _listed(self) -> dict[bytes, Driver]:
        """Return the cards of the edition in force by token, put in order once for each edition."""
        roster = self.vehicle.book.line.reference.value(DriverRoster)
        if roster is not self._roster:
            self._roster = roster
            self._by_token = {} if roster is None else {member.token: member for member in roster.members}
        return self._by_token

    async def take(self, tap: Tap, driver: Driver) -> Outcome:
        """Sign a driver on, or off where it is the driver on duty; called while no other tap is being taken.

        What an announcer said before holds on for the driver who comes.
        """
        duty = self.vehicle.book.duty
        off = duty.driver == driver.driver
        place = (duty.vehicle, duty.line, duty.direction, duty.station)
        await self.vehicle.follow(Move(Turn.SIGNED_OFF) if off else Move(Turn.SIGNED_ON, driver.driver, *place))
        return Outcome(accepted=False, signal=SIGNED_OFF if off else SIGNED_ON, tap_id=b"", token=tap.token)
