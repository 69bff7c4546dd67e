"""``onecard card``: read the next card, decode saved ones, verify a recorded bank card."""

from __future__ import annotations

import argparse
import asyncio
from datetime import date
from pathlib import Path
from typing import Final

from drivers.oda.scheme import DEFAULT_SCHEME, SCHEMES
from edge.cli.locate import add_location_options, locate
from edge.cli.output import add_json_option, columns, show
from edge.cli.pass_file import add_pass_option, shown_pass
from edge.control.client import connect
from edge.control.messages import Message, members_of

HELP = "read the next card without charging it, decode a saved one, verify a recorded bank card"
WAIT_S: Final = 10
WAIT_S_MAX: Final = 120


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="read|decode|verify")
    reading = verbs.add_parser("read", help="have the running terminal read the next card; its number is masked")
    reading.add_argument(
        "--wait",
        type=int,
        choices=range(1, WAIT_S_MAX + 1),
        default=WAIT_S,
        metavar="S",
        help=f"how long (default {WAIT_S} s)",
    )
    add_pass_option(reading)
    add_location_options(reading)
    decoding = verbs.add_parser("decode", help="decode a file of saved answers and compare what it expects")
    decoding.add_argument("file", type=Path, metavar="FILE", help="saved answers, as JSON")
    decoding.add_argument("--clear", action="store_true", help="print numbers whole: for files that you own")
    verifying = verbs.add_parser("verify", help="verify a recorded bank card by offline data authentication")
    _add_verify_options(verifying)
    for verb in (reading, decoding, verifying):
        add_json_option(verb)


def _add_verify_options(verifying: argparse.ArgumentParser) -> None:
    verifying.add_argument("file", type=Path, metavar="FILE", help="`> command` and `< answer` lines in hexadecimal")
    verifying.add_argument("--capk", type=Path, metavar="FILE", help="CA keys as JSON (default: UnionPay's live ones)")
    verifying.add_argument("--at", type=date.fromisoformat, metavar="DATE", help="the day, YYYY-MM-DD (default: today)")
    verifying.add_argument(
        "--profile",
        choices=sorted(SCHEMES),
        default=DEFAULT_SCHEME,
        metavar="NAME",
        help=f"what is accepted: {', '.join(sorted(SCHEMES))} (default {DEFAULT_SCHEME})",
    )


def run(arguments: argparse.Namespace) -> int:
    """Read, decode or verify."""
    if arguments.verb == "verify":
        from edge.cli.card_verify import run_verify  # noqa: PLC0415 - reading a card needs none of the cryptography

        return run_verify(arguments)
    if arguments.verb == "decode":
        from edge.cli.card_decode import run_decode  # noqa: PLC0415 - reading a card needs none of the decoder

        return run_decode(arguments.file, as_json=arguments.json, clear=arguments.clear)
    card = asyncio.run(_read(arguments))
    show(arguments, card, columns((key, str(value)) for key, value in card.items()))
    return 0


async def _read(arguments: argparse.Namespace) -> Message:
    async with connect(locate(arguments).technician_socket) as client:
        asked = {"timeout_ms": arguments.wait * 1000, "pass": shown_pass(arguments.work_pass)}
        answer = await client.call("card.read", **asked)
    return members_of(answer)
