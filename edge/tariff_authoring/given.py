"""``given`` and ``expect``: the closed list of keys of a case, each with where it goes. One table; no arithmetic.

Keys beside these are facts of the engine's vocabulary, facts and counters of the bundle, and parameters of the bundle,
each by its own name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from edge.domain.frozen import frozen

Place = Literal[
    "fact", "param", "counter", "bucket", "chain", "moment", "leg_before", "leg_now", "leg_named", "kind", "sequence"
]


@frozen
class Target:
    """Where a key goes.

    ``name`` is the fact, parameter, counter, chain field, or for a moment the leg group whose time it is. ``unit``
    multiplies (minutes to seconds); values that go to one fact add up. ``bucket`` names the period of a counter.
    """

    place: Place
    name: str
    type: str
    unit: int = 1
    bucket: str = "*"


GIVEN: Final[Mapping[str, Target]] = {
    # facts under another name
    "balance_after_fen": Target("fact", "balance_after_fen", "integer"),
    "category": Target("fact", "entitlement", "string"),
    "deceased_flag": Target("fact", "deceased", "boolean"),
    "minutes": Target("fact", "stay_s", "integer", unit=60),
    "seconds": Target("fact", "stay_s", "integer"),
    "operator_caused": Target("fact", "operator_fault", "boolean"),
    "price_fen": Target("fact", "list_fen", "integer"),
    # places or legs
    "from": Target("leg_before", "from", "leg group of the leg before, or place of boarding"),
    "to": Target("leg_now", "to", "leg group of this leg, or place of alighting; null: no tap-out"),
    "leg_group": Target("leg_named", "leg_group", "string: leg group of this leg, where from and to are places"),
    "leg_before": Target(
        "leg_named", "leg_before", "string: leg group of the leg before, where from and to are places"
    ),
    # times of a named leg
    "bus_tap": Target("moment", "bus", "time of day or ISO time stamp"),
    "tap_in": Target("moment", "metro", "time of day or ISO time stamp"),
    "tap_out": Target("moment", "metro", "time of day or ISO time stamp"),
    # what is being priced
    "event": Target("kind", "", "string: ride, tap_in, missing_out, missing_in, meal, delivery"),
    "list_fens": Target("sequence", "list_fen", "list of integers, one ride each"),
    # counters
    "month_paid_fen_before": Target("counter", "month_paid", "integer"),
    "month_paid_month": Target("bucket", "month_paid", "string, YYYY-MM"),
    "used_prev_week": Target("counter", "used_week", "integer", bucket="the week before"),
    "used_today": Target("counter", "used_today", "integer"),
    "used_this_session": Target("counter", "used_this_session", "integer"),
    "used_week": Target("counter", "used_week", "integer"),
    "promo_used_today": Target("counter", "promo_used_today", "integer"),
    # the open transfer window
    "transfers_used": Target("chain", "transfers_used", "integer"),
    "paid_window_fen": Target("chain", "paid_fen", "integer"),
    "max_window_fen": Target("chain", "dearest_fen", "integer"),
    # parameters under another name
    "network_max_fen": Target("param", "network_max", "integer"),
    "cap_fen": Target("param", "cap", "integer"),
}

CHAIN_SIGNS: Final = frozenset(
    {"gap_s", "boarding", "leg_before", "transfers_used", "paid_window_fen", "max_window_fen"}
)
"""Keys that tell of a leg before."""

EXPECT: Final[Mapping[str, str]] = {
    "payer_fen": "integer: what the holder pays",
    "payer_fens": "list of integers: one charge per ride of list_fens",
    "subsidy_fen": "integer: what all funders carry together",
    "funders": "object: funder = fen; funders that carry nothing may be left out or be 0",
    "list_fen": "integer: list price",
    "surcharge_fen": "integer: surcharges and penalties on top of the list price",
    "decision": "string: approved, deny, duplicate",
    "reason": "string: why not approved",
    "voice": "string: what is spoken; null or empty: nothing",
    "prompt": "string: key of the prompt",
    "uncertain": "list of strings: counters that could change the price",
    "exposure_fen": "integer: the most by which they could",
    "month_paid_fen_after": "integer: counter month_paid after the charge",
}
