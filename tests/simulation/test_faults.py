"""Faults: drawn by rate, counted when they happened, missed when they never did; and their streams."""

from __future__ import annotations

import pytest

from edge.simulation.failures import FaultNeverHitError, SimulationError
from edge.simulation.faults import FaultClass, Faults, demand_every_class
from edge.simulation.streams import Streams

OFTEN = FaultClass("often", 0.5, "happens often")
NEVER = FaultClass("never", 0.0, "never happens")
OTHER = FaultClass("other", 0.5, "was not enabled")


def test_a_class_strikes_at_its_rate_and_is_counted() -> None:
    faults = Faults(Streams(1), [OFTEN, NEVER])
    struck = sum(faults.strike(OFTEN, "t1") for _ in range(1_000))
    assert 400 < struck < 600
    assert faults.injected == {"often": struck, "never": 0}


def test_drawing_alone_does_not_count() -> None:
    faults = Faults(Streams(1), [OFTEN])
    assert any(faults.draw(OFTEN, "t1") for _ in range(20))
    assert faults.injected == {"often": 0}
    faults.count(OFTEN)
    assert faults.injected == {"often": 1}


def test_what_is_not_enabled_or_was_stopped_never_strikes() -> None:
    faults = Faults(Streams(1), [OFTEN])
    assert not any(faults.strike(OTHER, "t1") for _ in range(100))
    faults.stop()
    assert not any(faults.strike(OFTEN, "t1") for _ in range(100))


def test_scale_multiplies_the_rates() -> None:
    assert not any(Faults(Streams(1), [OFTEN], scale=0).strike(OFTEN, "t1") for _ in range(100))
    assert all(Faults(Streams(1), [OFTEN], scale=2).strike(OFTEN, "t1") for _ in range(100))


def test_a_class_that_never_happened_fails_the_run() -> None:
    faults = Faults(Streams(1), [OFTEN, NEVER])
    while not faults.strike(OFTEN, "t1"):
        pass
    assert faults.never_hit() == ["never"]
    with pytest.raises(FaultNeverHitError, match="never"):
        demand_every_class(faults.injected)
    demand_every_class({"often": 1})


def test_two_classes_of_one_name_are_refused() -> None:
    with pytest.raises(SimulationError, match="often"):
        Faults(Streams(1), [OFTEN, FaultClass("often", 0.1, "another")])


def test_one_actor_does_not_shift_the_draws_of_another() -> None:
    alone = Faults(Streams(5), [OFTEN])
    among = Faults(Streams(5), [OFTEN])
    expected = [alone.strike(OFTEN, "t1") for _ in range(50)]
    drawn = []
    for _ in range(50):
        among.strike(OFTEN, "t2")
        drawn.append(among.strike(OFTEN, "t1"))
    assert drawn == expected


def test_streams_depend_on_seed_and_name_alone() -> None:
    assert Streams(1).stream("a").random() == Streams(1).stream("a").random()
    assert len({Streams(seed).stream(name).random() for seed in range(9) for name in "abc"}) == 27
    assert Streams(7).number("loop/order") % 10**12 == 338_027_411_850
