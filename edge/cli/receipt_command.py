"""``onecard receipt verify CODE``: hold a receipt's short code against the journal, with no network."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any, Final

from edge.cli.locate import add_location_options, locate
from edge.cli.main import EXIT_FAULT, EXIT_FINE, EXIT_NOTHING
from edge.cli.output import add_json_option, columns, show
from edge.cli.terminal_source import open_source
from edge.domain.meals.receipt_code import read_receipt_code
from edge.domain.money import yuan
from edge.explaining.entry_text import moment
from edge.explaining.words import both

HELP = "verify the short code of a till's receipt against the journal"

EXITS: Final = {
    "genuine": EXIT_FINE,
    "taken_back": EXIT_FINE,
    "altered": EXIT_FAULT,
    "unknown": EXIT_FAULT,
    "pruned": EXIT_NOTHING,
    "other_till": EXIT_NOTHING,
}


def code_of(text: str) -> str:
    """Read a code; a typing mistake is told from a forgery."""
    try:
        return str(read_receipt_code(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="verify")
    verify = verbs.add_parser("verify", help="say whether the entry is as it was when the receipt was printed")
    verify.add_argument("code", type=code_of, metavar="CODE", help="the code at the foot of the receipt")
    add_location_options(verify)
    add_json_option(verify)


def run(arguments: argparse.Namespace) -> int:
    """Verify; 1 where the journal does not fit the paper, 3 where this journal cannot tell."""
    told = asyncio.run(_checked(arguments))
    show(arguments, {"code": arguments.code, **told}, _in_words(told))
    return EXIT_FAULT if told["problems"] else EXITS[told["finding"]]


async def _checked(arguments: argparse.Namespace) -> dict[str, Any]:
    async with open_source(locate(arguments)) as source:
        return await source.check_receipt(arguments.code)


def _in_words(told: dict[str, Any]) -> list[str]:
    lines = [f"{told['finding']}: {both('receipt', told['finding'])}", *told["problems"]]
    if (receipt := told.get("receipt")) is None:
        return lines
    rows = [
        ("site", f"{receipt['site']}, {receipt['till']}"),
        ("number", receipt["number"]),
        ("time", moment(receipt["time_ms"])),
        ("total", yuan(receipt["total_fen"])),
        *((f"by {funder}", yuan(fen)) for funder, fen in receipt["funders"].items()),
        ("paid", f"{yuan(receipt['payer_fen'])} ({receipt['medium']})"),
    ]
    if receipt["way"]:
        rows.append(("back", receipt["way"]))
    return [*lines, *columns(rows)]
