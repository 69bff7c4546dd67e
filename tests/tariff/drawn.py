"""What Hypothesis draws for tariffs: facts, states, events, claims and gate taps."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from edge.domain.charge import Share
from edge.domain.tariff.journeys import Direction, TapRecord
from edge.domain.tariff.quotas import Claim
from edge.domain.tariff.state import Chain, CounterRow, CounterState, EventKind, LastPriced, TapEvent

START_MS = 1_735_660_800_000
"""2025-01-01T00:00:00+08:00."""

DAY_MS = 86_400_000


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    """Facts of a ride in the sample city, each known or not."""
    drawn = {
        "list_fen": draw(st.integers(0, 3000)),
        "medium": draw(st.sampled_from(["card", "bank", None])),
        "age": draw(st.none() | st.integers(0, 110)),
        "entitlement": draw(st.sampled_from([None, "student"])),
        "from": draw(st.sampled_from([None, "A", "B"])),
        "companion": draw(st.booleans()),
    }
    return {name: value for name, value in drawn.items() if value is not None}


@st.composite
def states(draw: st.DrawFn, *, possible_max: int = 0) -> CounterState:
    """Counters with what is possible, and perhaps an open chain."""
    rows = tuple(
        CounterRow(
            name, "*", draw(st.integers(0, top)), draw(st.integers(0, possible_max) if top > 9 else st.integers(0, 2))
        )
        if possible_max
        else CounterRow(name, "*", draw(st.integers(0, top)))
        for name, top in (("month_paid", 40_000), ("day_paid", 1500), ("promo", 3))
    )
    before_ms = START_MS + draw(st.integers(0, 2 * DAY_MS))
    chain = Chain("bus", before_ms, before_ms, before_ms, "", "", draw(st.integers(0, 1)), 1, 200, 200)
    return CounterState(rows, draw(st.sampled_from([None, chain])))


@st.composite
def events(draw: st.DrawFn) -> TapEvent:
    """Rides by bus or metro, and lone taps."""
    time_ms = START_MS + draw(st.integers(0, 3 * DAY_MS))
    entered_ms = draw(st.none() | st.integers(time_ms - 5 * 3_600_000, time_ms))
    kind = draw(st.sampled_from([EventKind.RIDE, EventKind.RIDE, EventKind.MISSING_OUT, EventKind.TAP_IN]))
    return TapEvent(kind, draw(st.sampled_from(["bus", "metro"])), time_ms, entered_ms)


@st.composite
def near_turns(draw: st.DrawFn) -> tuple[CounterState, TapEvent]:
    """Rides about the end of a return, a transfer window or a stay, of a medium that was seen once before."""
    begun_ms = START_MS + DAY_MS
    turn_s = draw(st.sampled_from([0, 60, 3600, 20 * 60, 240 * 60]))
    time_ms = begun_ms + (turn_s + draw(st.integers(-6, 6))) * 1000
    chain = Chain("bus", begun_ms, begun_ms, begun_ms, "", "", draw(st.integers(0, 1)), 1, 200, 200)
    state = CounterState(draw(states()).rows, chain, LastPriced(begun_ms, draw(st.booleans())))
    entered_ms = draw(st.none() | st.just(begun_ms))
    return state, TapEvent(EventKind.RIDE, draw(st.sampled_from(["bus", "metro"])), time_ms, entered_ms)


@st.composite
def claims(draw: st.DrawFn) -> list[Claim]:
    """Claims of two persons on one counter, from three tills, some of them heard twice."""
    numbers = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 6)), min_size=1, max_size=12, unique=True))
    made = [
        Claim(
            terminal=f"till{till}",
            epoch=1,
            seq=seq,
            time_ms=draw(st.integers(0, 4)),
            subject=draw(st.sampled_from([b"a", b"b"])),
            counter="used_today",
            bucket="2025-01-01",
            rule="lunch",
            shares=(Share("city", 300, "lunch"),),
            trusted_time=draw(st.booleans()),
            authorised=draw(st.booleans()),
            leased=draw(st.booleans()),
        )
        for till, seq in numbers
    ]
    return made + draw(st.lists(st.sampled_from(made), max_size=4))


@st.composite
def gate_taps(draw: st.DrawFn) -> list[TapRecord]:
    """Taps of two cards at three gates, with equal times among them."""
    numbers = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 8)), min_size=1, max_size=14, unique=True))
    return [
        TapRecord(
            terminal=f"gate{gate}",
            seq=seq,
            time_ms=draw(st.integers(0, 5)) * 60_000,
            token=draw(st.sampled_from([b"x", b"y"])),
            direction=draw(st.sampled_from(list(Direction))),
            station=f"S{gate}",
            leg_group="metro",
        )
        for gate, seq in numbers
    ]
