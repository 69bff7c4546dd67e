"""The cities that CI runs: seeds, sizes, and what came of them. As a program it tells the trace of one city."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from edge.simulation.run import Result
from edge.simulation.tally import Report
from edge.simulation.town import Plan
from edge.simulation.world import simulate

BATCHES = 6
SEEDS_A_BATCH = 9
TERMINALS = 10
TAPS = 42.0
LONG_EVERY = 10
"""Every tenth seed lives three days, so that entries grow old enough to be pruned."""


def plan_of(seed: int) -> Plan:
    """Return the plan of a seed."""
    if seed % LONG_EVERY == 0:
        return Plan(4, 3, seed, taps=30.0)
    return Plan(TERMINALS, 1, seed, taps=TAPS)


def live(plan: Plan) -> Result[Report]:
    """Run a plan on a memory file system where there is one."""
    logging.getLogger("onecard").setLevel(logging.CRITICAL)
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made inside
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        return simulate(plan, Path(folder))


@dataclass
class Batch:
    """What a batch of seeds came to."""

    taps: int = 0
    byte_taps: int = 0
    by_sort: Counter[str] = field(default_factory=Counter)
    by_bytes: Counter[str] = field(default_factory=Counter)
    steps: int = 0
    entries: Counter[str] = field(default_factory=Counter)
    injected: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def run_batch(number: int) -> Batch:
    """Run the seeds of one batch; a failing seed comes with the command that replays it."""
    batch = Batch()
    for seed in range(number * SEEDS_A_BATCH + 1, (number + 1) * SEEDS_A_BATCH + 1):
        plan = plan_of(seed)
        result = live(plan)
        report = result.value
        batch.taps += report.taps
        batch.byte_taps += report.byte_boardings
        batch.by_sort.update(report.by_sort)
        batch.by_bytes.update(report.by_bytes)
        batch.steps += result.steps
        batch.entries.update(report.entries)
        batch.injected.update(report.injected)
        if not report.balanced:
            words = "; ".join(str(violation) for violation in report.violations[:3]) or "the table does not balance"
            batch.failures.append(f"{words}\n  {replay(plan)}")
    return batch


def replay(plan: Plan) -> str:
    """Return the command that replays a plan."""
    return (
        f"onecard simulate --terminals {plan.terminals} --days {plan.days} --taps {plan.taps:.0f}"
        f" --seed {plan.seed} --explain"
    )


if __name__ == "__main__":
    told = live(Plan(4, 1, int(sys.argv[1]), taps=20.0))
    print(json.dumps({"trace_hash": told.trace_hash, "steps": told.steps, "taps": told.value.taps}))  # noqa: T201 - read by the test that starts it
