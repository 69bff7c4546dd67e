"""GTFS Fares v2 as its reference says it, for planned journeys: what an export means when somebody else reads it.

Source: GTFS Schedule reference, ``fare_transfer_rules.txt``. The engine prices taps one after the other; these
functions price a whole journey that is known beforehand.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

from edge.domain.frozen import frozen
from edge.domain.tariff.rule_models import WindowEnd


@frozen
class Transfer:
    """A transfer between two leg groups: its type, and the price of its product (None: no product, which costs 0)."""

    from_leg_group_id: str
    to_leg_group_id: str
    fare_transfer_type: int
    price: int | None = None
    transfer_count: int = -1
    duration_limit: int | None = None
    duration_limit_type: int = 0


@frozen
class Leg:
    """A leg with its price in the smallest unit, and its times in seconds."""

    leg_group_id: str
    price: int
    departure_s: int = 0
    arrival_s: int = 0


def measured_s(kind: int, current: Leg, following: Leg) -> int:
    """Return the seconds that a ``duration_limit_type`` counts between two legs."""
    start = current.departure_s if kind in (0, 1) else current.arrival_s
    end = following.arrival_s if kind in (0, 3) else following.departure_s
    return end - start


def within_limit(gap_s: int, limit_s: int, end: WindowEnd = "inclusive") -> bool:
    """Say whether a gap lies inside a window with the written end."""
    return gap_s < limit_s or (gap_s == limit_s and end == "inclusive")


def journey_total(legs: Sequence[Leg], transfers: Iterable[Transfer]) -> int:
    """Return the price of a journey of at least one leg.

    With S the result so far and the transfer AB: type 0 is S + AB, type 1 is S + AB + B, type 2 is AB alone. Legs
    without a transfer between them add up.
    """
    rules = {(rule.from_leg_group_id, rule.to_leg_group_id): rule for rule in transfers}
    total, used = legs[0].price, 0
    for current, following in itertools.pairwise(legs):
        rule = rules.get((current.leg_group_id, following.leg_group_id))
        if rule is None or not applies(rule, current, following, used):
            total, used = total + following.price, 0
            continue
        used += 1
        total = _with_transfer(total, rule, following.price)
    return total


def _with_transfer(total: int, rule: Transfer, next_price: int) -> int:
    price = rule.price or 0
    if rule.fare_transfer_type == 1:
        return total + price + next_price
    return price if rule.fare_transfer_type == 2 else total + price  # noqa: PLR2004 - the type AB


def applies(rule: Transfer, current: Leg, following: Leg, used: int) -> bool:
    """Say whether a transfer applies after ``used`` transfers of its chain."""
    if 0 <= rule.transfer_count <= used:
        return False
    if rule.duration_limit is None:
        return True
    return within_limit(measured_s(rule.duration_limit_type, current, following), rule.duration_limit)


def leg_charges(legs: Sequence[Leg], rule: Transfer) -> list[int]:
    """Return what each leg adds to a journey of one leg group: a chain ends when its transfers or its time are used."""
    totals = [journey_total(legs[: count + 1], [rule]) for count in range(len(legs))]
    return [total - before for total, before in zip(totals, [0, *totals], strict=False)]


def cheapest_cover(tickets: Mapping[frozenset[str], int], zones: frozenset[str]) -> int:
    """Return the price of the cheapest ticket whose zones include all of ``zones``; raises ``ValueError`` for none."""
    return min(price for covered, price in tickets.items() if zones <= covered)
