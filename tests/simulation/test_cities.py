"""Whole cities from many seeds: nothing is taken twice, nothing is lost, every class of fault happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from edge.simulation.faults import demand_every_class
from tests.simulation.cities import BATCHES, SEEDS_A_BATCH, run_batch

ROOT = Path(__file__).parents[2]
TAPS_A_BATCH = 3_400
BYTE_SHARE = 0.05

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize("number", range(BATCHES))
def test_every_promise_holds_in_a_batch_of_cities(number: int) -> None:
    batch = run_batch(number)
    assert batch.failures == [], "\n".join(batch.failures)
    assert batch.taps >= TAPS_A_BATCH
    assert batch.byte_taps >= BYTE_SHARE * batch.taps
    assert set(batch.by_sort) == {"purse", "bank card", "code"}
    assert [sort for sort, taps in batch.by_sort.items() if batch.by_bytes[sort] < BYTE_SHARE * taps] == []
    assert min(batch.entries[kind] for kind in ("shift", "staff", "reversed")) > 0, "drivers press their keys"
    demand_every_class(Counter(batch.injected))


def test_the_batches_make_up_what_is_promised() -> None:
    assert BATCHES * SEEDS_A_BATCH >= 50
    assert BATCHES * TAPS_A_BATCH >= 20_000


def test_three_fresh_processes_live_the_same_day() -> None:
    told = [_day_in_a_fresh_process(11) for _ in range(3)]
    assert told[0] == told[1] == told[2]
    assert told[0]["taps"]


def _day_in_a_fresh_process(seed: int) -> dict[str, object]:
    environment = {**os.environ, "PYTHONHASHSEED": "random", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.simulation.cities", str(seed)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=True)
    told: dict[str, object] = json.loads(done.stdout)
    return told
