"""``onecard simulate``: a city in a box, from one seed, audited to the last fen."""

from __future__ import annotations

import argparse
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from edge.cli.main import EXIT_FAULT, EXIT_FINE
from edge.cli.output import add_json_option, show
from edge.simulation.run import Result
from edge.simulation.tally import Report, facts, table
from edge.simulation.town import Plan
from edge.simulation.world import simulate

HELP = "run a city of virtual terminals and riders from a seed, break it, and audit every fen"
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own is made inside
SILENT: Final = logging.CRITICAL + 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--terminals", type=_count, default=200, help="terminals in the city (200)")
    parser.add_argument("--days", type=_count, default=1, help="days that pass (1)")
    parser.add_argument("--seed", type=int, default=7, help="what decides everything that happens (7)")
    parser.add_argument("--taps", type=_count, default=25, help="boardings a terminal sees in a day, on average (25)")
    parser.add_argument("--explain", action="store_true", help="tell the story of the first broken promise")
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Simulate; 1 where a promise was broken or the table does not balance."""
    plan = Plan(arguments.terminals, arguments.days, arguments.seed, float(arguments.taps))
    with _quiet(), tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        result = simulate(plan, Path(folder))
    show(arguments, facts(result), _lines(result, explain=arguments.explain))
    return EXIT_FINE if result.value.balanced else EXIT_FAULT


def _lines(result: Result[Report], *, explain: bool) -> Iterator[str]:
    report = result.value
    if explain and report.story:
        yield from ("the story of the first broken promise", *(f"  {line}" for line in report.story), "")
    yield from table(report)
    if not report.balanced:
        yield f"replay: {replay(report.plan)}"


def replay(plan: Plan) -> str:
    """Return the one command that runs this plan again."""
    sizes = f"--terminals {plan.terminals} --days {plan.days} --taps {plan.taps:.0f}"
    return f"onecard simulate {sizes} --seed {plan.seed} --explain"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the processes' own log lines out of the table; they are part of the run, not of its result."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(SILENT)
    try:
        yield
    finally:
        root.setLevel(level)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 on")
    return number
