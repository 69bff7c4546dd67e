"""``onecard why TAP``: why a tap ended as it did."""

from __future__ import annotations

import argparse
import asyncio
import importlib

from edge.cli.locate import add_location_options, locate
from edge.cli.main import EXIT_FAULT, EXIT_FINE, EXIT_NOTHING
from edge.cli.output import add_json_option, show
from edge.cli.terminal_source import open_source
from edge.domain.entry import Entry
from edge.explaining.explain import PolicyOf, compare, explain, explain_in_words

HELP = "explain one tap: every check, who pays what, and what is computed again"


def tap_prefix(text: str) -> bytes:
    """Read a tap id or its beginning: whole bytes in hexadecimal."""
    prefix = bytes.fromhex(text)
    if not prefix:
        raise ValueError("empty")
    return prefix


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("tap", type=tap_prefix, metavar="TAP", help="the tap's id in hexadecimal, or its beginning")
    add_location_options(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Explain; 3 where no tap or more than one has this beginning, 1 where something does not agree."""
    entries = asyncio.run(_entries(arguments))
    taps = sorted({entry.tap_id.hex() for entry in entries})
    if len(taps) != 1:
        words = [f"{len(taps)} taps begin with {arguments.tap.hex()}", *taps]
        show(arguments, {"tap": None, "candidates": taps}, words)
        return EXIT_NOTHING
    editions = importlib.import_module("edge.cli.editions")  # keys and files, only once a tap was found
    policy_of: PolicyOf = editions.policies(locate(arguments).paths)
    show(arguments, explain(entries, policy_of), explain_in_words(entries, policy_of))
    return EXIT_FINE if all(part.agrees for part in compare(entries, policy_of)) else EXIT_FAULT


async def _entries(arguments: argparse.Namespace) -> list[Entry]:
    async with open_source(locate(arguments)) as source:
        return await source.tap_entries(arguments.tap)
