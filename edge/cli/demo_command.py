"""``onecard demo``: the whole line on one machine, on virtual devices, ending in a table that must balance."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from edge.cli.output import add_json_option
from edge.demo.interactive import play_with_keys
from edge.demo.script import play, rows
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


async def _play(arguments: argparse.Namespace, folder: Path) -> int:
    def say(line: str) -> None:
        if not arguments.json:
            print(line, flush=True)

    say(MARK)
    say("starting a centre, a terminal and its virtual devices ...")
    scripted = arguments.script or arguments.json or not sys.stdin.isatty()
    async with Stage(folder) as stage:
        await (play(stage, say) if scripted else play_with_keys(stage, say))
        found, strangers, books = await rows(stage, await stage.entries())
    verdict = balanced(found, books, strangers)
    if arguments.json:
        print(json.dumps({"balanced": verdict, "simulation": True, "media": [asdict(row) for row in found]}))
        return 0 if verdict else 1
    say("")
    say(table(found))
    for problem in problems(books, strangers):
        say(problem)
    say(MARK)
    say(f"balanced: {str(verdict).lower()}")
    return 0 if verdict else 1
