"""What the guards of a till's tariff find in the meal that is about to be charged, as a part of the decision."""

from __future__ import annotations

from typing import Final

from edge.domain.charge import Charge, Line
from edge.domain.frozen import frozen
from edge.domain.meals.guards import Found, found_by
from edge.domain.meals.seen import MealAsked
from edge.domain.meals.selling import MEAL
from edge.domain.policy import State
from edge.domain.pricing import Pricing
from edge.domain.tap import Tap
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.calendar import DAY_S, local
from edge.domain.tariff.scene import Band


@frozen
class Watched:
    """What the guards say of a meal: lines of the explanation, names of the guards that found something."""

    lines: tuple[Line, ...] = ()
    flags: tuple[str, ...] = ()
    refuses: bool = False


NOTHING_ODD: Final = Watched()


def guarded(tap: Tap, bundle: Bundle, state: State, charge: Charge, pricing: Pricing) -> Watched:
    """Ask the guards that are on; nothing is odd where no meal is sold, or nobody looked at the meals before it."""
    meal = next((part.charge for part in pricing.parts if part.name == MEAL), None)
    if meal is None or state.meals is None:
        return NOTHING_ODD
    asked = MealAsked(
        time_ms=tap.time_ms,
        site=tap.place.site,
        unit_fen=meal.list_fen,
        total_fen=charge.total_fen,
        subsidised=meal.relief_fen > 0,
        metres=metres_between(bundle, state.meals.last_site, tap.place.site),
        session_gap_s=session_gap_s(bundle, tap.time_ms),
    )
    found = found_by(bundle.document.x_meal_guards, state.meals, asked)
    refuses = any(one.refuses for one in found)
    lines = tuple(_line(one, refuses=refuses and one is found[-1]) for one in found)
    return Watched(lines, tuple(one.guard for one in found), refuses)


def _line(one: Found, *, refuses: bool) -> Line:
    return Line(f"guard.{one.guard}", applied=not refuses, reason=one.said)


def metres_between(bundle: Bundle, one: str, other: str) -> int | None:
    """Return how far two sites are from each other, in either direction; None where the bundle does not name them."""
    tables = bundle.document.x_distances
    known = (table.find(*way) for table in tables for way in ((one, other), (other, one)))
    return next((metres for metres in known if metres is not None), None)


def session_gap_s(bundle: Bundle, time_ms: int) -> int:
    """Return how far the nearest session of the day is away, in seconds: 0 inside one, a day where there is none."""
    day, clock_s = local(time_ms, bundle.document.bundle.utc_offset_min)
    lookup = bundle.lookup
    bands = (band for rows in lookup.timeframes.values() for band in rows)
    served = (band for band in bands if not band.calendar or lookup.calendar_holds(band.calendar, day))
    return min((_away_s(band, clock_s) for band in served), default=DAY_S)


def _away_s(band: Band, clock_s: int) -> int:
    """Return how far a time is from a band; its end is not in it."""
    return max(band.start_s - clock_s, clock_s - band.end_s + 1, 0)
