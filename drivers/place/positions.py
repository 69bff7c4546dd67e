"""Positions in the sentences of satellite receivers (NMEA 0183): angles, hemispheres, and whether they hold.

The talker before the sentence says which satellites: GP, GN, BD, GB, GL, GA. All of them tell WGS 84.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from edge.domain.frozen import frozen
from edge.domain.stops import LATITUDE_UDEG_MAX, LONGITUDE_UDEG_MAX, Fix

_ANGLE: Final = re.compile(r"(\d{2,3})(\d\d(?:\.\d{1,8})?)", re.ASCII)
_UDEG_PER_DEGREE: Final = 1_000_000
_MINUTES: Final = 60


@frozen
class PositionFields:
    """Where a sentence has its latitude, three more fields behind it, and its state; ``void`` holds no position."""

    latitude: int
    state: int
    void: str


POSITIONS: Final = {"RMC": PositionFields(2, 1, "V"), "GGA": PositionFields(1, 5, "0")}


def position(of: PositionFields, values: Sequence[str]) -> Fix | None:
    """Return the position of a sentence, None where the receiver has none; ValueError for what is no position."""
    if len(values) <= max(of.latitude + 3, of.state):
        raise ValueError("fields are missing")
    if values[of.state] in ("", of.void):
        return None
    north, north_or_south, east, east_or_west = values[of.latitude : of.latitude + 4]
    return Fix(
        _udeg(north, north_or_south, "NS", LATITUDE_UDEG_MAX), _udeg(east, east_or_west, "EW", LONGITUDE_UDEG_MAX)
    )


def _udeg(angle: str, hemisphere: str, hemispheres: str, largest: int) -> int:
    found = _ANGLE.fullmatch(angle)
    if found is None or len(hemisphere) != 1 or hemisphere not in hemispheres:
        raise ValueError("no angle")
    degrees, minutes = found.groups()
    udeg = int(degrees) * _UDEG_PER_DEGREE + round(Decimal(minutes) * _UDEG_PER_DEGREE / _MINUTES)
    if udeg > largest or Decimal(minutes) >= _MINUTES:
        raise ValueError("no angle")
    return udeg if hemisphere == hemispheres[0] else -udeg
