"""What a clock knows of itself: a value, for whoever reports it."""

from __future__ import annotations

from typing import Final

from edge.domain.frozen import frozen

CLOCK_UNKNOWN: Final = -1
"""The uncertainty of a clock that no signed time bounds, in s."""


@frozen
class ClockReading:
    """Everything a clock knows of itself, in ms UTC and s.

    ``system_ms`` is the operating system's word, ``now_ms`` what the terminal goes by, wrong by at most ``error_s``
    (-1: nobody knows). ``high_water_ms`` has surely passed. ``signed_ms`` is the last signed server time and
    ``signed_ago_s`` how long ago it was heard (0 and -1: never since the start).
    """

    system_ms: int
    now_ms: int
    quality: str
    error_s: int
    high_water_ms: int
    signed_ms: int
    signed_ago_s: int
    drift_ppm: int
