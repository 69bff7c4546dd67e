"""``onecard upgrade``: the proof that this version can take over what another one left."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import asdict

from edge import __version__
from edge.cli.locate import add_location_options, locate
from edge.cli.main import EXIT_FAULT, EXIT_FINE, EXIT_NOTHING
from edge.cli.output import add_json_option, columns, show
from edge.cli.queue_check import Queue, check_queue
from edge.store.rehearsal import Rehearsed

HELP = "prove that this version can read the queue, before it takes over"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="check|owed")
    told = {
        "check": "read configuration, lists and every entry on copies of the journals; the terminal must be stopped",
        "owed": "say how many entries the centre does not have; 1 where there are any",
    }
    for name, line in told.items():
        verb = verbs.add_parser(name, help=line)
        add_location_options(verb)
        add_json_option(verb)


def run(arguments: argparse.Namespace) -> int:
    """Check, or count; exit 3 where there is no journal yet."""
    queue = asyncio.run(check_queue(locate(arguments)))
    if arguments.verb == "owed":
        show(arguments, {"unsent": queue.unsent}, [str(queue.unsent)])
        return EXIT_FAULT if queue.unsent or queue.problems else EXIT_FINE
    show(arguments, facts_of(queue), lines_of(queue))
    if queue.problems:
        return EXIT_FAULT
    return EXIT_FINE if queue.journals else EXIT_NOTHING


def facts_of(queue: Queue) -> dict[str, object]:
    """Return the stable keys."""
    return {
        "version": __version__,
        "sound": not queue.problems,
        "edition": queue.edition,
        "unsent": queue.unsent,
        "way_back": queue.way_back,
        "problems": queue.problems,
        "journals": [asdict(each) for each in queue.journals],
    }


def lines_of(queue: Queue) -> list[str]:
    """Return the same for people."""
    if not queue.journals:
        return ["no journal yet: nothing to take over"]
    back = "the version before can go on from here" if queue.way_back else "there is no way back to the version before"
    verdict = f"{__version__} cannot take over" if queue.problems else f"{__version__} reads everything; {back}"
    return [*columns(map(_row, queue.journals)), *queue.problems, verdict]


def _row(journal: Rehearsed) -> tuple[str, ...]:
    return (
        f"epoch {journal.epoch}",
        f"{journal.entries} entries",
        f"{journal.unsent} unsent",
        f"{journal.unsettled} unsettled",
        f"schema {journal.steps_before} -> {journal.steps_after}",
    )
