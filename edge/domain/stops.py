"""Where a line stops, so that a position tells the stop: reference data, and the search for the nearest one. Pure.

Positions are those that receivers tell (WGS 84), in whole microdegrees, north and east above 0. On the scale of a stop
the earth is flat: a degree of longitude shrinks by the cosine of its latitude, and nothing else matters.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import cos, hypot, radians
from typing import Final

from edge.domain.duty import LABEL_MAX, Duty
from edge.domain.frozen import frozen

STOPS_MAX: Final = 10_000
LATITUDE_UDEG_MAX: Final = 90_000_000
LONGITUDE_UDEG_MAX: Final = 180_000_000
METRES_PER_UDEG: Final = 0.111_195
"""On a meridian of a sphere of 6,371 km."""
REACH_M: Final = 40
"""From which distance a stop is reached: half a bus and what a receiver is off between houses."""


@frozen
class Fix:
    """One position of the vehicle."""

    latitude_udeg: int
    longitude_udeg: int


@frozen
class Stop:
    """One stop; without a line it is one of every line, without a direction of both. ``reach_m`` is how near counts."""

    station: str
    latitude_udeg: int
    longitude_udeg: int
    line: str = ""
    direction: str = ""
    reach_m: int = REACH_M

    def serves(self, duty: Duty) -> bool:
        """Say whether a vehicle on this duty stops here; a direction that nobody told may be either."""
        return self.line in ("", duty.line) and (not duty.direction or self.direction in ("", duty.direction))

    def metres_to(self, fix: Fix) -> float:
        """Return the distance to a position."""
        north = fix.latitude_udeg - self.latitude_udeg
        east = (fix.longitude_udeg - self.longitude_udeg) * cos(radians(self.latitude_udeg / 1_000_000))
        return hypot(north, east) * METRES_PER_UDEG


@frozen
class StopTable:
    """Every stop of the lines that terminals serve. Raises ValueError out of bounds."""

    stops: tuple[Stop, ...]

    def __post_init__(self) -> None:
        """Check the bounds."""
        if len(self.stops) > STOPS_MAX:
            raise ValueError(f"{len(self.stops)} stops, at most {STOPS_MAX}")
        for number, stop in enumerate(self.stops, 1):
            _check(number, stop)

    def __len__(self) -> int:
        return len(self.stops)


def nearest(stops: Iterable[Stop], fix: Fix) -> Stop | None:
    """Return the stop that a position is at, None between two stops."""
    measured = ((stop.metres_to(fix), number, stop) for number, stop in enumerate(stops))
    within = [(metres, number, stop) for metres, number, stop in measured if metres <= stop.reach_m]
    return min(within)[2] if within else None


def _check(number: int, stop: Stop) -> None:
    if not stop.station:
        raise ValueError(f"stop {number} has no station")
    labels = (stop.station, stop.line, stop.direction)
    if not all(len(label) <= LABEL_MAX and (label.isprintable() or not label) for label in labels):
        raise ValueError(f"stop {number}: station, line and direction have at most {LABEL_MAX} printable characters")
    if abs(stop.latitude_udeg) > LATITUDE_UDEG_MAX or abs(stop.longitude_udeg) > LONGITUDE_UDEG_MAX:
        raise ValueError(f"stop {number}: no such latitude or longitude")
    if not 1 <= stop.reach_m <= 500:  # noqa: PLR2004 - metres: beyond, the next stop would be meant
        raise ValueError(f"stop {number}: a reach has 1 to 500 metres")
