"""A tap by a driver's key: every rider priced by the engine, one sum, and the entry decides the same again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from edge.domain.authorize import authorize
from edge.domain.boarding import RIDERS_MAX, Boarding
from edge.domain.decision import Approved, Declined, Reason
from edge.domain.policy import LastTap, Limits, Policy, State
from edge.domain.tariff.bundle import Bundle, build_bundle
from edge.domain.tariff.flat import flat_tree
from edge.domain.tariff.state import CounterRow
from tests.domain.samples import NOON_MS, purse, tap_of

HALF: Final[Mapping[str, Any]] = {
    "id": "half",
    "stage": "concession",
    "op": {"kind": "percent", "percent": 50, "round": {"mode": "down"}},
    "funder": "city",
}
PASSBACK: Final = {"window_s": 60, "below_normal": "duplicate", "otherwise": "companion"}
DAY_PAID: Final = {
    "id": "paid",
    "subject": "card",
    "measure": "paid_fen",
    "period": "calendar_day",
    "offline": {"mode": "local_first_tier"},
}


def bundle(companion: str = "full_price", **sections: Any) -> Bundle:  # noqa: ANN401 - any section of a bundle
    """Return two yuan, half of it the city's, with a passback rule."""
    network = {"mode": "in", "passback": PASSBACK, "companion": companion}
    own = {"x_adjustments": [HALF], "x_funders": ["city", "operator"], "x_tap_policy": {"bus": network}}
    return build_bundle({**flat_tree("flat", 200), **own, **sections})


def decided(boarding: Boarding, state: State | None = None, of: Bundle | None = None, **facts: Any) -> Any:  # noqa: ANN401 - facts of a purse; a decision of either kind
    tap = replace(tap_of(purse(**facts)), boarding=boarding)
    return authorize(tap, Policy(1, (of or bundle(),)), state or State())


FARES: Final[dict[str, tuple[Boarding, Bundle, list[int]]]] = {
    "the holder has the relief, who rides along pays full": (Boarding(3), bundle(), [100, 200, 200]),
    "where the bundle says so all have the relief": (Boarding(2), bundle("as_holder"), [100, 100]),
    "of the companion key nobody has": (Boarding(companion=True), bundle(), [200]),
    "nine ride on one card": (Boarding(RIDERS_MAX), bundle(), [100, *[200] * 8]),
    "a cap counts from rider to rider": (
        Boarding(3),
        bundle(
            "as_holder",
            x_adjustments=[],
            x_counters=[DAY_PAID],
            x_caps=[{"id": "cap", "counter": "paid", "price": 500}],
        ),
        [200, 200, 100],
    ),
}


@pytest.mark.parametrize(("boarding", "of", "fares"), FARES.values(), ids=FARES)
def test_each_rider_has_a_fare_of_the_engine(boarding: Boarding, of: Bundle, fares: list[int]) -> None:
    decision = decided(boarding, of=of)
    assert isinstance(decision, Approved)
    assert [part.charge.payer_fen for part in decision.pricing.parts] == fares
    assert decision.charge.payer_fen == sum(fares)
    assert decision.charge.list_fen == 200 * boarding.riders
    assert decision.pricing.parts[0].name == ("companion" if boarding.companion else "rider")
    assert {part.name for part in decision.pricing.parts[1:]} <= {"companion"}


def test_the_companion_key_lifts_a_passback_refusal() -> None:
    just_now = State(last=LastTap(NOON_MS - 20_000, 100, 5, below_normal=True))
    refused = authorize(tap_of(purse()), Policy(1, (bundle(),)), just_now)
    assert isinstance(refused, Declined)
    assert refused.reason is Reason.PASSBACK
    along = decided(Boarding(companion=True), just_now)
    assert isinstance(along, Approved)
    assert along.charge.payer_fen == 200


def test_a_purse_without_the_sum_is_refused_whole() -> None:
    decision = decided(Boarding(3), balance_fen=499)
    assert isinstance(decision, Declined)
    assert decision.reason is Reason.BALANCE_TOO_LOW
    assert isinstance(decided(Boarding(3), balance_fen=500), Approved)


def test_counters_of_all_riders_are_one_effect_each() -> None:
    counted = bundle(x_counters=[DAY_PAID])
    state = State(counters=(CounterRow("paid", "2026-06-01", 40),))
    (effect,) = decided(Boarding(3), state, counted).pricing.effects
    assert effect.add == 500


def test_the_ceiling_of_a_fare_is_that_of_one_rider() -> None:
    tap = replace(tap_of(purse()), boarding=Boarding(3))
    for ceiling_fen, kind in ((200, Approved), (199, Declined)):
        policy = Policy(1, (bundle(),), replace(Limits(), fare_fen_max=ceiling_fen))
        assert isinstance(authorize(tap, policy, State()), kind)


@pytest.mark.parametrize("riders", [0, 1, RIDERS_MAX + 1])
def test_a_number_that_no_key_can_mean_is_none(riders: int) -> None:
    with pytest.raises(ValueError, match=r"rider"):
        Boarding(riders)
