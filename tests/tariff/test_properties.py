"""The properties hold; and each of them sees a fault that is planted against it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from edge.domain.charge import Share
from edge.domain.meals import pricing
from edge.domain.tariff import certainty, journeys, quotas, stages, transfers
from edge.domain.tariff.job import Job
from edge.domain.tariff.rules.pay_difference import PayDifference
from edge.domain.tariff.tables import StepTable
from sync import tariff_wire
from tests.tariff import properties

Plant = Callable[[pytest.MonkeyPatch], None]


def patch(place: Any, name: str, fault: Any) -> Plant:  # noqa: ANN401 - anything can be broken
    return lambda monkeypatch: monkeypatch.setattr(place, name, fault)


true_offer = stages.offer
true_merge = quotas.merge_claims
true_candidates = certainty._candidates  # noqa: SLF001 - the fault replaces it
true_gap = transfers.gap_s
true_decode = tariff_wire.decode_plain
true_balance = quotas.balance


def dearer(job: Any, relief: Any, ask: Any) -> Any:  # noqa: ANN401 - stands for stages.offer
    made = true_offer(job, relief, ask)
    return made if made.refusal else dataclasses.replace(made, fen=made.fen + 1000)


def one_too_many(claims: Any, limits: Any, gone: Any = ()) -> Any:  # noqa: ANN401 - stands for merge_claims
    return true_merge(claims, {name: limit + 1 for name, limit in limits.items()}, gone)


def ends_alone(*arguments: Any) -> Any:  # noqa: ANN401 - stands for certainty._candidates
    return {name: sorted({values[0], values[-1]}) for name, values in true_candidates(*arguments).items()}


def now_alone(*_: Any) -> Any:  # noqa: ANN401 - stands for certainty._moments
    return []


def local_ms(time_ms: int) -> int:
    return (time_ms + 8 * 3_600_000) % 86_400_000


def within_the_day(*arguments: Any) -> Any:  # noqa: ANN401 - stands for transfers.gap_s
    """Compare times of day only: the fault of a validator in service."""
    rule, scene, event, chain, offset_min = arguments
    today = {name: local_ms(getattr(chain, name) or 0) for name in ("first_charge_ms", "start_ms", "end_ms")}
    moved = dataclasses.replace(event, time_ms=local_ms(event.time_ms), entered_ms=None)
    return true_gap(rule, scene, moved, dataclasses.replace(chain, **today), offset_min)


def twice(ledger: Any) -> Any:  # noqa: ANN401 - stands for balance
    rows = true_balance(ledger)
    return tuple(dataclasses.replace(row, known=row.known + len(list(ledger))) for row in rows)


def without_tiers(packed: bytes) -> Any:  # noqa: ANN401 - stands for decode_plain
    return [{name: value for name, value in one.items() if name != "x_caps"} for one in true_decode(packed)]


def lossy(self: Job, relief_fen: int, funder: str, rule: str) -> None:
    if relief_fen > 1:
        self.shares.append(Share(funder, relief_fen - 1, rule))


CASES: list[tuple[Callable[[], None], Plant]] = [
    (properties.conserves, patch(Job, "book", lossy)),
    (properties.reliefs_never_raise, patch(stages, "offer", dearer)),
    (properties.subsidy_stays_below_price, patch(pricing, "_limit", lambda *_: None)),
    (properties.quota_is_never_exceeded, patch(quotas, "merge_claims", one_too_many)),
    (properties.arrival_does_not_matter, patch(quotas, "_order", lambda _: 0)),
    (properties.pairing_does_not_depend_on_arrival, patch(journeys, "_order", lambda record: record.time_ms)),
    (properties.replay_changes_nothing, patch(quotas, "balance", twice)),
    (properties.the_wire_keeps_the_price, patch(tariff_wire, "decode_plain", without_tiers)),
    (properties.a_cap_holds, patch(Job, "count", lambda *_: 0)),
    (properties.a_window_costs_its_dearest_leg, patch(PayDifference, "price", lambda _, ask: ask.price_fen)),
    (properties.distance_never_cheapens, patch(StepTable, "price", lambda _, metres: 900 - metres // 100)),
    (properties.certain_means_every_value, patch(certainty, "_candidates", ends_alone)),
    (properties.a_clock_means_every_second, patch(certainty, "_moments", now_alone)),
    (properties.days_do_not_matter, patch(transfers, "gap_s", within_the_day)),
]
NAMES = [prop.__name__ for prop, _ in CASES]


@pytest.mark.parametrize("prop", [prop for prop, _ in CASES], ids=NAMES)
def test_it_holds(prop: Callable[[], None]) -> None:
    prop()


@pytest.mark.parametrize(("prop", "plant"), CASES, ids=NAMES)
def test_it_sees_a_planted_fault(prop: Callable[[], None], plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises((AssertionError, ValueError)):
        prop()
