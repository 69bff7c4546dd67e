"""Nobody catches everything, and nobody but the clock asks the operating system for time or chance."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source_tree import nodes, place, product

CARRIERS = frozenset(f"edge/simulation/{name}.py" for name in ("loop", "process", "sqlite_in_loop"))
"""The simulation's machinery: hands everything to whoever awaits, as a thread does, and buries what a crash left."""

ASKERS = frozenset({"edge/clock.py", "edge/simulation/stillness.py"})
"""The clock; and the simulation's stillness, which takes the operating system's away from everybody."""

ASKING = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep"},
    "os": {"urandom", "getrandom"},
    "datetime": {"now", "today", "utcnow"},
    "date": {"today"},
}
CHANCE = frozenset({"random", "uuid", "secrets"})
SEEDED = frozenset({"Random"})
"""``random.Random(seed)`` is a value like any other; the module's functions are not."""


def test_nobody_catches_everything() -> None:
    found = [
        place(path, node.lineno)
        for path in product()
        if place(path) not in CARRIERS
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler) and _catches_everything(node) and not _raises_on(node)
    ]
    assert found == []


def _catches_everything(caught: ast.ExceptHandler) -> bool:
    names = {part.id for part in ast.walk(caught.type) if isinstance(part, ast.Name)} if caught.type else {"Exception"}
    return bool({"Exception", "BaseException"} & names)


def _raises_on(caught: ast.ExceptHandler) -> bool:
    """Say whether it only tidies up (a rollback) and raises the same exception again."""
    last = caught.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_time_and_chance_come_from_the_clock_alone() -> None:
    found = [
        f"{place(path, line)} {what}" for path in product() if place(path) not in ASKERS for line, what in _asked(path)
    ]
    assert found == []


def _asked(path: Path) -> Iterator[tuple[int, str]]:
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module in {*CHANCE, "time"}:
            names = {alias.name for alias in node.names} - SEEDED
            if names & (ASKING["time"] | {"choice", "token_bytes", "uuid4", "randrange", "randint", "uniform"}):
                yield node.lineno, f"from {node.module} import {', '.join(sorted(names))}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner, name = node.value.id, node.attr
            if name in ASKING.get(owner, ()) or (owner in CHANCE and name not in SEEDED):
                yield node.lineno, f"{owner}.{name}"
