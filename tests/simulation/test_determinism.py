"""Same seed, same trace: in one process, and in fresh processes whose PYTHONHASHSEED is random."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from edge.simulation.faults import demand_every_class
from tests.simulation.workload import run_city

ROOT = Path(__file__).parents[2]


def trace_in_a_fresh_process(seed: int, hash_seed: str) -> dict[str, object]:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.simulation.workload", str(seed), "40"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True)
    told: dict[str, object] = json.loads(done.stdout)
    told.pop("steps_per_s")
    return told


def test_three_fresh_processes_take_the_same_steps() -> None:
    here = run_city(7)
    told = [trace_in_a_fresh_process(7, hash_seed) for hash_seed in ("random", "random", "random")]
    assert told[0] == told[1] == told[2]
    assert told[0]["trace_hash"] == here.trace_hash
    assert told[0]["steps"] == here.steps


CARELESS = """
import asyncio
from edge.simulation.run import run

async def main():
    for word in {"one", "two", "three", "four", "five"}:
        await asyncio.sleep(len(word) + ord(word[-1]))

print(run(main, 7).trace_hash)
"""


def test_the_trace_tells_code_that_depends_on_the_hash_seed() -> None:
    traces = set()
    for hash_seed in ("1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", CARELESS]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True
        )
        traces.add(done.stdout)
    assert len(traces) > 1


def test_other_seeds_take_other_steps() -> None:
    assert len({run_city(seed, terminals=2, taps=5).trace_hash for seed in range(10)}) == 10


def test_over_a_few_seeds_every_class_of_fault_happens_and_nothing_is_lost() -> None:
    totals: Counter[str] = Counter()
    for seed in range(10):
        totals.update(run_city(seed, taps=80).value)
    demand_every_class(totals)
