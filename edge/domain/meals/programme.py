"""Meal programmes as models: conditions, reliefs, fixed co-payments filled up by layers, and limits."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from edge.domain.frozen import frozen
from edge.domain.tariff.conditions import ALWAYS, DateSpan, When
from edge.domain.tariff.reading import key
from edge.domain.tariff.rule_models import EVER, Relief


@frozen(kw_only=True)
class Copay:
    """What a band of holders pays for the set, whatever its price."""

    when: When = key("who; the first line that holds counts", default=ALWAYS)
    fen: int = key("what the holder pays", unit="fen")


@frozen(kw_only=True)
class Layer:
    """One funder's part of what a co-payment leaves open; a layer whose condition fails falls to the holder."""

    funder: str = key("who carries the layer; listed in x_funders")
    max: int | None = key("the most it carries; absent: all that is left", unit="fen", default=None)
    when: When = key("condition, for example on the site", default=ALWAYS)


@frozen(kw_only=True)
class Limits:
    """What bounds a programme's reliefs."""

    uses: tuple[str, ...] = key("counters of which each grant uses one; none of them may be used up", default=())
    min_spend: int = key("lowest list price that is subsidised; a delivery fee does not count", unit="fen", default=0)
    price_must_exceed_relief: bool = key("no relief unless the price is above it", default=False)
    total_percent_max: Fraction | None = key(
        "all reliefs together are at most this share of the list price, rounded down; what is above is cut in the "
        "order of x_funders, last first; absent: 100",
        unit="%",
        default=None,
        high=100,
    )


NO_LIMITS = Limits()


@frozen(kw_only=True)
class Programme:
    """One meal programme. One programme prices a meal: see ``x_group_choice.meals``."""

    id: str = key("name of the programme", example='"shibei_2024"')
    service: Literal["meal", "delivery"] = key("what is priced: the meal, or its delivery", default="meal")
    valid: DateSpan = key("dates on which it runs, both ends included", default=EVER)
    priority: int = key("the higher one comes first, ties by id", default=0)
    when: When = key("who is served, when and where", default=ALWAYS)
    reliefs: tuple[Relief, ...] = key(
        "reliefs on the list price; groups choose among theirs, all else adds up", default=()
    )
    fixed_copay: tuple[Copay, ...] = key("what the holder pays instead; layers carry the rest", default=())
    layers: tuple[Layer, ...] = key("who carries what the co-payment leaves open, in this order", default=())
    limits: Limits = key("bounds", default=NO_LIMITS)
