"""``onecard demo``: the whole line on one machine, on virtual devices, ending in a table that must balance."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path

from edge.cli.output import add_json_option
from edge.demo.bus import DrivenBus
from edge.demo.canteen import ServedCanteen
from edge.demo.interactive import play_with_keys
from edge.demo.lunch import serve_lunch, tell_address
from edge.demo.ride import drive, tell_page
from edge.demo.script import Say, play, rows
from edge.demo.stage import Stage
from edge.demo.totals import balanced, problems, table

HELP = "show everything on virtual devices; ends in a table that must balance"
MARK = "*** SIMULATION: virtual cards, reader and SAM; no real money ***"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--script", action="store_true", help="play the story without keys (default without a terminal)"
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="work in this empty folder and leave it there")
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Play, and return 0 only if cards, journal and centre agree."""
    if arguments.keep is not None:
        arguments.keep.mkdir(parents=True, exist_ok=True)
        return asyncio.run(_play(arguments, arguments.keep))
    with tempfile.TemporaryDirectory(prefix="onecard-demo-") as folder:
        return asyncio.run(_play(arguments, Path(folder)))


@asynccontextmanager
async def both(bus: Stage, canteen: ServedCanteen) -> AsyncIterator[None]:
    """Set both stages up at the same time, and take both down."""
    async with AsyncExitStack() as stack:
        async with asyncio.TaskGroup() as group:
            for stage in (bus, canteen):
                group.create_task(stack.enter_async_context(stage))
        yield


async def _driven(bus: DrivenBus, say: Say) -> None:
    await drive(bus, say)
    await bus.drained()


async def _at_once(bus: DrivenBus, canteen: ServedCanteen, say: Say) -> None:
    """Let the bus drive while the canteen serves lunch; one is told after the other."""
    told: list[str] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(_driven(bus, say))
        group.create_task(serve_lunch(canteen, told.append))
    for line in told:
        say(line)


async def _play(arguments: argparse.Namespace, folder: Path) -> int:
    def say(line: str) -> None:
        if not arguments.json:
            print(line, flush=True)

    say(MARK)
    say("starting a bus validator and a canteen's till, each with a centre and virtual devices ...")
    scripted = arguments.script or arguments.json or not sys.stdin.isatty()
    stage, canteen = DrivenBus(folder), ServedCanteen(folder / "canteen")
    async with both(stage, canteen):
        if scripted:
            await play(stage, say)
            await _at_once(stage, canteen, say)
        else:
            tell_page(stage, say)
            tell_address(canteen, say)
            await play_with_keys(stage, canteen, say)
        totals = {name: await rows(each, await each.entries()) for name, each in (("bus", stage), ("canteen", canteen))}
    verdict = all(balanced(found, books, strangers) for found, strangers, books in totals.values())
    if arguments.json:
        media = {name: [asdict(row) for row in found] for name, (found, _, _) in totals.items()}
        told = {"balanced": verdict, "simulation": True, "media": media["bus"], "canteen": media["canteen"]}
        print(json.dumps(told))
        return 0 if verdict else 1
    for name, (found, strangers, books) in totals.items():
        say(f"\n{name}")
        say(table(found))
        for problem in problems(books, strangers):
            say(problem)
    say(MARK)
    say(f"balanced: {str(verdict).lower()}")
    return 0 if verdict else 1
