"""What holds for every event, as properties; ``test_properties.py`` runs them, and runs them with faults planted."""

# ruff: noqa: D401 - the docstring of a property is a claim

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from edge.domain.tariff import journeys, quotas
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.state import NOTHING_KNOWN, CounterRow, CounterState, EventKind, TapEvent
from edge.tariff_authoring.toml_files import canonical
from sync import tariff_wire
from tests.tariff import drawn
from tests.tariff.city import CITY, MEALS, city, meal, plain, ride

QUICK: Final = settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
PLAIN_CITY: Final = city(x_adjustments=[], x_caps=[], fare_transfer_rules=[], x_group_choice={})
WITHOUT_LIMIT: Final = city(MEALS, x_meals=[{**MEALS["x_meals"][0], "limits": {"uses": ["used_today"]}}])
DEAREST: Final = city(
    plain(
        CITY,
        x_adjustments=[
            {
                **CITY["x_adjustments"][1],
                "group": "",
                "when": {},
                "op": {"kind": "percent", "percent": 80, "round": {"mode": "down"}},
            }
        ],
        x_group_choice={},
        x_caps=[],
        fare_transfer_rules=[
            {
                **CITY["fare_transfer_rules"][0],
                "transfer_count": -1,
                "x_window": {"end": "inclusive", "anchor": "first_charge"},
                "x_relief": {"kind": "pay_difference"},
                "x_apply": "after_percent",
            }
        ],
    )
)


@QUICK
@given(drawn.facts(), drawn.states(), drawn.events())
def conserves(facts: dict[str, Any], state: CounterState, event: TapEvent) -> None:
    """Payer and funders carry list price and surcharges, and the lines of the applied rules say the same."""
    decision = ride({"distance_m": 7000, **facts}, state=state, event=event)
    charge = decision.charge
    assert charge.payer_fen + charge.relief_fen == charge.list_fen + charge.surcharge_fen
    reliefs = {row["id"] for row in CITY["x_adjustments"]} | {"transfer", "day_cap"}
    assert charge.relief_fen == sum(line.fen for line in decision.lines if line.applied and line.rule in reliefs)


@QUICK
@given(drawn.facts(), drawn.states(), drawn.events())
def reliefs_never_raise(facts: dict[str, Any], state: CounterState, event: TapEvent) -> None:
    """Every relief, transfer, promotion and cap together never cost more than none of them."""
    told = {"distance_m": 7000, **facts}
    assert (
        ride(told, state=state, event=event).charge.payer_fen
        <= ride(told, bundle=PLAIN_CITY, event=event).charge.payer_fen
    )


@QUICK
@given(st.integers(0, 2500), st.integers(60, 100), st.integers(0, 2))
def subsidy_stays_below_price(list_fen: int, age: int, used: int) -> None:
    """A subsidy never exceeds the price, nor the total limit where there is one."""
    facts = {"list_fen": list_fen, "age": age}
    state = CounterState((CounterRow("used_today", "*", used),))
    limited = meal(facts, state=state).charge
    free = ride(facts, bundle=WITHOUT_LIMIT, state=state, event=TapEvent(EventKind.MEAL)).charge
    assert 0 <= limited.relief_fen <= list_fen * 60 // 100
    assert 0 <= free.relief_fen <= list_fen
    assert limited.relief_fen == 0 or not used


@QUICK
@given(drawn.claims(), st.integers(1, 3))
def quota_is_never_exceeded(claims: list[quotas.Claim], limit: int) -> None:
    """After a merge nobody has more grants than the limit, and nobody less than the claims allow."""
    merged = quotas.merge_claims(claims, {"used_today": limit})
    for subject in (b"a", b"b"):
        made = {one.identity for one in claims if one.subject == subject}
        granted = [one for one in merged.granted if one.subject == subject]
        assert len(granted) == min(limit, len(made))
    assert len(merged.granted) + len(merged.clawbacks) == len({one.identity for one in claims})


@QUICK
@given(drawn.claims(), st.randoms(use_true_random=False))
def arrival_does_not_matter(claims: list[quotas.Claim], chance: random.Random) -> None:
    """The order in which claims arrive, and their repetition, change nothing."""
    shuffled = claims + claims[:2]
    chance.shuffle(shuffled)
    gone = [claims[0].identity]
    assert quotas.merge_claims(shuffled, {"used_today": 1}, gone) == quotas.merge_claims(
        claims, {"used_today": 1}, gone
    )


@QUICK
@given(drawn.gate_taps(), st.randoms(use_true_random=False))
def pairing_does_not_depend_on_arrival(taps: list[journeys.TapRecord], chance: random.Random) -> None:
    """Late, repeated and shuffled taps give the same journeys, and no tap is lost or used twice."""
    shuffled = taps + taps[:3]
    chance.shuffle(shuffled)
    paired = journeys.pair_journeys(taps)
    assert journeys.pair_journeys(shuffled) == paired
    used = [tap for one in paired.journeys for tap in (one.entry, one.exit) if tap] + list(paired.open_entries)
    assert sorted(used, key=repr) == sorted(taps, key=repr)


@QUICK
@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(list(quotas.Step))), max_size=10),
    st.randoms(use_true_random=False),
)
def replay_changes_nothing(steps: list[tuple[int, quotas.Step]], chance: random.Random) -> None:
    """A ledger heard twice, in any order, has the same balance; a reversed grant leaves it as it was."""
    ledger = [quotas.Movement(bytes([tap]), "promo", "d", 1, step) for tap, step in steps]
    again = ledger * 2
    chance.shuffle(again)
    assert quotas.balance(again) == quotas.balance(ledger)
    undone = ledger + [quotas.Movement(bytes([tap]), "promo", "d", 1, quotas.Step.REVERSED) for tap, _ in steps]
    assert quotas.balance(undone) == ()


@QUICK
@given(drawn.facts(), drawn.states(), drawn.events())
def the_wire_keeps_the_price(facts: dict[str, Any], state: CounterState, event: TapEvent) -> None:
    """A bundle that went over the wire prices alike, and so does the same question asked again."""
    (carried,) = _carried()
    told = {"distance_m": 7000, **facts}
    decision = ride(told, state=state, event=event)
    assert ride(told, bundle=carried, state=state, event=event) == decision == ride(told, state=state, event=event)


def _carried() -> tuple[Bundle, ...]:
    return tariff_wire.decode_tariff(tariff_wire.encode_tariff([canonical(plain())]))


@QUICK
@given(st.lists(st.integers(0, 600), min_size=1, max_size=8))
def a_cap_holds(prices: list[int]) -> None:
    """The rides of a day under a cap cost at most the cap, whatever their order."""
    state, total = NOTHING_KNOWN, 0
    for list_fen in prices:
        decision = ride({"list_fen": list_fen}, state=state)
        rows = tuple(CounterRow(one.counter, "*", one.add) for one in decision.effects)
        state = CounterState(state.rows + rows)
        total += decision.charge.payer_fen
    assert total == min(sum(prices), 1000)


@QUICK
@given(st.lists(st.integers(0, 90).map(lambda tens: tens * 10), min_size=1, max_size=5))
def a_window_costs_its_dearest_leg(prices: list[int]) -> None:
    """The payments of a window sum to the dearest line at the card's percentage, whatever the order."""
    state, total = NOTHING_KNOWN, 0
    for number, list_fen in enumerate(prices):
        event = TapEvent(leg_group="bus", time_ms=drawn.START_MS + number * 600_000)
        decision = ride({"list_fen": list_fen}, bundle=DEAREST, state=state, event=event)
        state = CounterState(chain=decision.chain or state.chain)
        total += decision.charge.payer_fen
    assert total == max(prices) * 80 // 100


@QUICK
@given(st.integers(0, 60_000), st.integers(0, 60_000))
def distance_never_cheapens(one: int, two: int) -> None:
    """A longer way never costs less, and a step's end belongs to it."""
    near, far = sorted((one, two))
    event = TapEvent(leg_group="metro")
    assert (
        ride({"distance_m": near}, event=event).charge.list_fen
        <= ride({"distance_m": far}, event=event).charge.list_fen
    )
    assert ride({"distance_m": 5000}, event=event).charge.list_fen == 200
    assert ride({"distance_m": 5001}, event=event).charge.list_fen == 300


@QUICK
@given(st.integers(0, 20_000), st.integers(0, 1_000) | st.integers(10_000, 40_000), st.integers(0, 100))
def certain_means_every_value(known: int, possible: int, part: int) -> None:
    """Where a decision says certain, every value of the interval gives the same price."""
    facts = {"list_fen": 300, "medium": "card"}
    decision = ride(facts, state=CounterState((CounterRow("month_paid", "*", known, possible),)))
    inside = CounterState((CounterRow("month_paid", "*", known + possible * part // 100),))
    payer = ride(facts, state=inside).charge.payer_fen
    assert abs(payer - decision.charge.payer_fen) <= decision.exposure_fen
    assert decision.uncertain or payer == decision.charge.payer_fen


@QUICK
@given(drawn.facts(), drawn.near_turns(), st.integers(1, 20))
def a_clock_means_every_second(facts: dict[str, Any], tapped: tuple[CounterState, TapEvent], error_s: int) -> None:
    """A clock in doubt is told, with the most that it may cost, wherever one second of its reach prices otherwise."""
    state, event = tapped
    told, at_ms = {"distance_m": 7000, **facts}, event.time_ms or 0
    decision = ride(told, state=state, event=replace(event, clock_error_s=error_s))
    seconds = range(at_ms - error_s * 1000, at_ms + error_s * 1000 + 1, 1000)
    answers = [ride(told, state=state, event=replace(event, time_ms=second)) for second in seconds]
    own = decision.charge
    assert ("clock" in decision.uncertain) is any(
        (other.charge, other.outcome) != (own, decision.outcome) for other in answers
    )
    assert decision.exposure_fen == max(abs(other.charge.payer_fen - own.payer_fen) for other in answers)


@QUICK
@given(st.integers(83_000, 86_399), st.integers(0, 7200), st.integers(1, 400))
def days_do_not_matter(second: int, gap_s: int, days: int) -> None:
    """A transfer is judged by absolute time: shifting everything by whole days changes nothing."""
    payers = set()
    for shift in (0, days):
        start_ms = drawn.START_MS + second * 1000 + shift * drawn.DAY_MS
        first = ride(event=TapEvent(leg_group="bus", time_ms=start_ms))
        event = TapEvent(leg_group="bus", time_ms=start_ms + gap_s * 1000)
        payers.add(ride(state=CounterState(chain=first.chain), event=event).charge.payer_fen)
    assert payers == {100 if gap_s <= 3600 else 200}
