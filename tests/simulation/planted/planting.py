"""Planted bugs: a part of the product replaced by a worse one for the length of a run, and the run until it shows."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge.simulation.audit_facts import Violation
from edge.simulation.stillness import replaced
from edge.simulation.town import Plan
from edge.simulation.world import simulate

Replacement = tuple[object, str, object]


@dataclass(frozen=True)
class Planted:
    """A bug by name: what it breaks, what it replaces, and within how many seeds the auditor has to find it.

    ``only`` names the classes of faults that bring it out (empty: it shows on a calm day), ``scale`` multiplies them.
    """

    name: str
    invariants: frozenset[str]
    replacements: Callable[[], list[Replacement]]
    seeds: int = 2
    only: frozenset[str] = frozenset()
    scale: float = 1.0
    terminals: int = 3
    taps: float = 25.0


def hunt(planted: Planted) -> tuple[int, list[Violation]]:
    """Run seed after seed with the bug in place; returns how many it took and what was found (nothing: not found)."""
    for seed in range(1, planted.seeds + 1):
        plan = Plan(
            planted.terminals, 1, seed, planted.taps, fault_scale=planted.scale, only=planted.only, byte_share=0.0
        )
        with replaced(*planted.replacements()):
            violations = run_plan(plan)
        if any(violation.invariant in planted.invariants for violation in violations):
            return seed, violations
    return planted.seeds, []


def run_plan(plan: Plan) -> list[Violation]:
    """Run a plan on a memory file system; returns the broken promises."""
    logging.getLogger("onecard").setLevel(logging.CRITICAL)
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made inside
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        return simulate(plan, Path(folder)).value.violations
