"""``onecard test-tap``: a tap without money, step by step with its times."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from typing import Final

from edge.cli.locate import add_location_options, locate
from edge.cli.main import EXIT_FINE
from edge.cli.output import add_json_option, columns, show
from edge.cli.pass_file import add_pass_option, shown_pass
from edge.control.client import connect
from edge.control.messages import Message, members_of
from edge.domain.money import yuan

HELP = "take the next card without money: what would be decided, and how long each step took"
WAIT_S: Final = 10
WAIT_S_MAX: Final = 120
BAR_COLUMNS: Final = 40


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--wait",
        type=int,
        choices=range(1, WAIT_S_MAX + 1),
        default=WAIT_S,
        metavar="S",
        help=f"how long to wait for a card (default {WAIT_S} s)",
    )
    add_pass_option(parser)
    add_location_options(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it with the running terminal; raises ``CONTROL_ABSENT``, ``CARD_LEFT`` where none came, ``PASS_REFUSED``."""
    found = asyncio.run(_test(arguments))
    show(arguments, found, lines(found))
    return EXIT_FINE


async def _test(arguments: argparse.Namespace) -> Message:
    asked = {"timeout_ms": arguments.wait * 1000, "pass": shown_pass(arguments.work_pass)}
    async with connect(locate(arguments).technician_socket) as client:
        answer = await client.call("tap.test", **asked)
    return members_of(answer)


def lines(found: Message) -> Iterator[str]:
    """Yield the card, the decision, and the waterfall."""
    card = found["card"]
    yield f"{card['family']} {card.get('number', '')}".rstrip()
    if found["decision"] == "approved":
        yield f"would be approved for {yuan(found['fen'])} yuan; nothing was charged"
    else:
        yield f"would be refused: {found['decision']}; nothing was charged"
    yield from columns(_waterfall(found["steps"]))


def _waterfall(steps: list[Message]) -> Iterator[tuple[str, ...]]:
    """Yield a row a step: each bar begins where the one before it ended."""
    total_ms = sum(step["ms"] for step in steps)
    begun_ms = 0.0
    for step in steps:
        start = round(begun_ms / total_ms * BAR_COLUMNS) if total_ms else 0
        begun_ms += step["ms"]
        end = round(begun_ms / total_ms * BAR_COLUMNS) if total_ms else 0
        yield step["step"], f"{step['ms']:8.2f} ms", " " * start + "#" * max(1, end - start)
    yield "in all", f"{total_ms:8.2f} ms", ""
