"""``onecard journal``: read the journal, and prove it."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Final

from edge.cli.locate import add_location_options, locate
from edge.cli.main import EXIT_FAULT, EXIT_FINE, EXIT_NOTHING
from edge.cli.output import add_json_option, columns, show
from edge.cli.terminal_source import TerminalSource, open_source
from edge.domain.entry import Entry, Kind
from edge.explaining.entry_text import facts_of, row_of

HELP = "list, show and verify the entries of the journal"
NEWEST: Final = 20


def positive(text: str) -> int:
    """Read a number of 1 or more."""
    number = int(text)
    if number < 1:
        raise ValueError("below 1")
    return number


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|show|verify")
    listing = verbs.add_parser("list", help=f"list entries, by default the newest {NEWEST}")
    listing.add_argument("--from", type=positive, dest="first", metavar="SEQ", help="begin with this number")
    listing.add_argument(
        "--max", type=positive, default=NEWEST, dest="count", metavar="N", help="at most so many entries"
    )
    kinds = [kind.name.lower() for kind in Kind]
    listing.add_argument(
        "--kind", choices=kinds, metavar="KIND", help="of these entries, one kind: " + ", ".join(kinds)
    )
    showing = verbs.add_parser("show", help="print everything one entry holds")
    showing.add_argument("seq", type=positive, metavar="SEQ", help="the entry's number, as `list` prints it")
    verifying = verbs.add_parser("verify", help="check numbers, chain, links and books of every entry kept")
    for verb in (listing, showing, verifying):
        add_location_options(verb)
        add_json_option(verb)


def run(arguments: argparse.Namespace) -> int:
    """List, show or verify."""
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    async with open_source(locate(arguments)) as source:
        if arguments.verb == "verify":
            return _tell(arguments, await source.verify())
        if arguments.verb == "show":
            return _show(arguments, await source.page(arguments.seq, 1))
        return _list(arguments, await _wanted(source, arguments))


async def _wanted(source: TerminalSource, arguments: argparse.Namespace) -> list[Entry]:
    first = arguments.first
    if first is None:
        first = max(1, (await source.status())["journal"]["last_seq"] - arguments.count + 1)
    entries = await source.page(first, arguments.count)
    return [entry for entry in entries if arguments.kind in (None, entry.kind.name.lower())]


def _list(arguments: argparse.Namespace, entries: list[Entry]) -> int:
    rows = columns(map(row_of, entries)) or ["no entries"]
    show(arguments, {"entries": [facts_of(entry) for entry in entries]}, rows)
    return EXIT_FINE if entries else EXIT_NOTHING


def _show(arguments: argparse.Namespace, entries: list[Entry]) -> int:
    wanted = [entry for entry in entries if entry.seq == arguments.seq]
    if not wanted:
        show(arguments, {"entry": None}, [f"no entry {arguments.seq}: not written yet, or pruned after its ack"])
        return EXIT_NOTHING
    facts = facts_of(wanted[0])
    show(arguments, {"entry": facts}, columns(_rows(facts)))
    return EXIT_FINE


def _rows(facts: Mapping[str, object], within: str = "") -> Iterator[tuple[str, str]]:
    """Yield a row for every fact; what lies inside of another is named after it: ``body.way``."""
    for key, value in facts.items():
        match value:
            case dict():
                yield from _rows(value, f"{within}{key}.")
            case list():
                yield f"{within}{key}", json.dumps(value, ensure_ascii=False)
            case _:
                yield f"{within}{key}", str(value)


def _tell(arguments: argparse.Namespace, problems: list[str]) -> int:
    show(arguments, {"sound": not problems, "problems": problems}, problems or ["sound: every entry is in its place"])
    return EXIT_FAULT if problems else EXIT_FINE
