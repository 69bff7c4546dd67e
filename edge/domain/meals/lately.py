"""From the meals that a till sold to what its guards ask of them. Pure: its sales are a fold of journal entries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from edge.domain.frozen import frozen
from edge.domain.meals.guards import Amounts, AtCap, Burst, MealGuards
from edge.domain.meals.seen import NEVER, MealsSeen
from edge.domain.meals.sheet import Sold

LOOK_BACK_MS: Final = 86_400_000
"""No guard looks further back: a window, a gap or a civil day."""


@frozen
class Asking:
    """Who asks when: the tap's time and the midnight before it (ms UTC), its medium, and the person who holds it."""

    time_ms: int
    day_from_ms: int
    token: bytes
    person: bytes


def seen_before(sales: Iterable[Sold], guards: MealGuards, asking: Asking) -> MealsSeen:
    """Return what the guards that are on ask of the sales before a tap; a sale that lies ahead of the clock is none."""
    meals = [sold for sold in sales if sold.sale is not None and sold.time_ms <= asking.time_ms]
    subsidised = [sold for sold in meals if sold.subsidised]
    person = [sold for sold in subsidised if sold.person == asking.person] if guards.repeat or guards.travel else []
    last = max(person, key=lambda sold: sold.time_ms, default=None)
    day, at_cap = _of_day(guards.at_cap, subsidised, asking)
    return MealsSeen(
        burst=_in_burst(guards.burst, subsidised, asking),
        last_ms=NEVER if last is None else last.time_ms,
        last_site="" if last is None else last.site,
        amounts=_amounts(guards.amounts, meals, asking),
        day=day,
        at_cap=at_cap,
    )


def _in_burst(burst: Burst | None, subsidised: Iterable[Sold], asking: Asking) -> int:
    if burst is None:
        return 0
    from_ms = asking.time_ms - burst.window_s * 1000
    return sum(sold.time_ms > from_ms for sold in subsidised)


def _amounts(amounts: Amounts | None, meals: Iterable[Sold], asking: Asking) -> tuple[int, ...]:
    """Return the different amounts, no more than it takes to see that they are too many."""
    if amounts is None:
        return ()
    from_ms = asking.time_ms - amounts.window_s * 1000
    paid = {sold.charge.total_fen for sold in meals if sold.token == asking.token and sold.time_ms > from_ms}
    return tuple(sorted(paid)[: amounts.amounts_max + 1])


def _of_day(at_cap: AtCap | None, subsidised: Iterable[Sold], asking: Asking) -> tuple[int, int]:
    if at_cap is None:
        return 0, 0
    prices = [sold.unit_fen for sold in subsidised if sold.time_ms >= asking.day_from_ms]
    return len(prices), sum(fen in at_cap.prices for fen in prices)
