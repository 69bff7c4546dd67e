"""``onecard lists``: the reference data in force, whether a deny list names somebody, and the way back."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final, Protocol

from edge.cli.locate import Located, add_location_options, locate
from edge.cli.main import EXIT_FAULT, EXIT_FINE
from edge.cli.output import add_json_option, columns, show
from edge.cli.pass_file import add_pass_option, shown_pass
from edge.cli.status_command import age, size
from edge.control.client import ControlClient, open_client
from edge.control.messages import Message, members_of
from edge.domain.errors import RemoteProtocolError, StoreError
from edge.explaining.entry_text import moment

HELP = "show the lists in force, ask them about a token or card, return to the edition before"
FROM_INPUT: Final = "-"


class Lists(Protocol):
    """Where the answers come from: the running terminal, or its files."""

    async def call(self, verb: str, **members: object) -> Message:
        """Do one of the verbs ``lists``, ``lists.check``, ``lists.rollback`` and ``lease.return``."""
        ...


def configure(parser: argparse.ArgumentParser) -> None:
    """Add subcommands and options; without a subcommand the table is shown."""
    add_location_options(parser)
    add_json_option(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    check = actions.add_parser("check", help="does a deny list name this token or card? exit 1 where one does")
    check.add_argument(
        "asked",
        nargs="?",
        default=FROM_INPUT,
        metavar="TOKEN|CARD",
        help="a token in hexadecimal or a card's number; read from standard input where it is absent or -",
    )
    back = actions.add_parser("rollback", help="return to the edition before; the one in force is not taken again")
    given = actions.add_parser("return", help="give a lease back, so that another terminal may have it")
    given.add_argument("counter", metavar="COUNTER", help="the quota's counter, as the tariff names it")
    given.add_argument("period", metavar="PERIOD", help="the period, as counters name it (a day: 2026-06-01)")
    given.add_argument(
        "asked",
        nargs="?",
        default=FROM_INPUT,
        metavar="TOKEN|CARD",
        help="the holder's token, or a number of any of the holder's cards; from standard input where absent or -",
    )
    add_pass_option(back)
    for action in (check, back, given):
        add_location_options(action, argparse.SUPPRESS)
        add_json_option(action, argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Do it; a card's number is neither repeated nor stored."""
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    async with _open(locate(arguments)) as lists:
        if arguments.action == "check":
            return await _check(arguments, lists)
        if arguments.action == "rollback":
            return await _roll_back(arguments, lists, shown_pass(arguments.work_pass))
        if arguments.action == "return":
            return await _give_back(arguments, lists)
        found = members_of(await lists.call("lists"))
        show(arguments, found, [*columns(table(found)), *notes(found)])
        return EXIT_FINE


async def _check(arguments: argparse.Namespace, lists: Lists) -> int:
    found = members_of(await lists.call("lists.check", asked=_asked(arguments)))
    where = ", ".join(found["lists"])
    words = f"listed in {where}" if found["listed"] else "not listed"
    show(arguments, found, [f"{words}, by edition {found['edition']}"])
    return EXIT_FAULT if found["listed"] else EXIT_FINE


def _asked(arguments: argparse.Namespace) -> str:
    text: str = sys.stdin.readline() if arguments.asked == FROM_INPUT else arguments.asked
    return text.strip()


async def _give_back(arguments: argparse.Namespace, lists: Lists) -> int:
    quota = {"counter": arguments.counter, "period": arguments.period}
    found = members_of(await lists.call("lease.return", asked=_asked(arguments), **quota))
    show(arguments, found, [f"lease {found['lease']} of {found['counter']} {found['period']} is given back"])
    return EXIT_FINE


async def _roll_back(arguments: argparse.Namespace, lists: Lists, work_pass: str) -> int:
    found = members_of(await lists.call("lists.rollback", **{"pass": work_pass}))
    words = f"edition {found['edition']} is in force again; edition {found['from']} is not taken again"
    show(arguments, found, [words])
    return EXIT_FINE


def table(found: Message) -> Iterator[tuple[str, ...]]:
    """Yield the head and a row for each artifact in force."""
    yield "list", "version", "age", "entries", "size", "expires"
    for part in found["lists"]:
        yield (
            f"{part['kind']} {part['name']}",
            str(part["version"]),
            age(part["age_s"]) if part["age_s"] >= 0 else "unknown",
            f"{part['entries']:,}" if part["entries"] >= 0 else "",
            size(part["size_bytes"]),
            moment(part["expires_ms"]) if part["expires_ms"] else "never",
        )


def notes(found: Message) -> Iterator[str]:
    """Yield what is to be said of the two slots."""
    slots = found["slots"]
    if not found["lists"]:
        yield "no edition is in force"
    before = f"edition {slots['previous']} can be returned to" if slots["previous"] else "none can be returned to"
    yield f"slot: edition {slots['edition']}, {'on probation' if slots['probation'] else 'proven'}; {before}"
    for number, reason in slots["refused"].items():
        yield f"edition {number} is not taken again: {reason}"
    if slots["damaged"]:
        yield "files of this edition are damaged and are fetched again"


@asynccontextmanager
async def _open(located: Located) -> AsyncIterator[Lists]:
    """Connect to the running terminal, or open its files under their lock."""
    try:
        client: ControlClient = await open_client(located.technician_socket)
    except RemoteProtocolError as absent:
        stopped = importlib.import_module("edge.cli.stopped_lists")  # a running terminal spares keys and files
        try:
            with stopped.open_lists(located) as lists:
                yield lists
        except StoreError as error:
            if error.code == "STORE_LOCKED":
                raise absent from error
            raise
        return
    async with client:
        yield client
