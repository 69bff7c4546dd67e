"""``onecard drive``: what a driver's keypad says, typed: sign on and off, line and stop, the keys for the next tap."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from typing import Final

from edge.cli.locate import add_location_options, locate
from edge.cli.output import add_json_option, columns, show
from edge.control.client import connect
from edge.control.messages import Message
from edge.domain.boarding import RIDERS_MAX

HELP = "tell a bus its driver, line and stop, or press a driver's key"

MOVES: Final = {
    "sign-on": ("driver", "a driver takes the vehicle"),
    "line": ("line", "the vehicle is on a line"),
    "stop": ("station", "the vehicle is at a stop"),
}
"""What is told, and what has to be said with it."""
SAID: Final = {
    "driver": "the driver's number, never a name",
    "line": "the line, as fares know it",
    "station": "the stop, as fares know it",
    "vehicle": "the vehicle's number, where it changes",
    "direction": "the direction of travel, as fares know it",
}
KEYS: Final = {
    "companion": "the next tap is for somebody who rides along",
    "waive": "take the last tap back: its money is a credit, or was never collected",
    "cancel": "let the next tap be an ordinary one",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_location_options(parser)
    add_json_option(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    for name, (member, said) in MOVES.items():
        move = actions.add_parser(name, help=said)
        move.add_argument(member, metavar=member.upper(), help=SAID[member])
        for other in ("vehicle", "line", "direction"):
            if other != member:
                move.add_argument(f"--{other}", default="", metavar=other.upper(), help=SAID[other])
    actions.add_parser("sign-off", help="the driver leaves the vehicle")
    several = actions.add_parser("pay-for", help=f"the next tap pays for 2 to {RIDERS_MAX} riders")
    several.add_argument("riders", type=int, metavar="N", help="how many, the card's own rider among them")
    for name, said in KEYS.items():
        actions.add_parser(name, help=said)
    for action in actions.choices.values():  # the options may stand behind it as well
        add_location_options(action, argparse.SUPPRESS)
        add_json_option(action, argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Do it, or show how the vehicle stands; a key that cannot be obeyed is refused by the terminal."""
    state = asyncio.run(_asked(arguments))
    show(arguments, state, columns(screen(state)))
    return 0


async def _asked(arguments: argparse.Namespace) -> Message:
    async with connect(locate(arguments).technician_socket) as client:
        answer = await client.call(*_verb(arguments.action), **_members(arguments))
    return {name: part for name, part in answer.items() if name != "ok"}


def _verb(action: str | None) -> tuple[str]:
    if action is None:
        return ("drive.state",)
    return ("drive.move",) if action in (*MOVES, "sign-off") else ("drive.press",)


def _members(arguments: argparse.Namespace) -> Message:
    action = arguments.action
    if action is None:
        return {}
    if action in (*MOVES, "sign-off"):
        told = {name: getattr(arguments, name, "") for name in ("driver", "vehicle", "line", "direction", "station")}
        return {"turn": action.replace("-", "_"), **told}
    return {"key": action.replace("-", "_"), **({"riders": arguments.riders} if action == "pay-for" else {})}


def screen(state: Message) -> Iterator[tuple[str, str]]:
    """Yield the rows of the screen: what, and how it stands."""
    yield "driver", state["driver"] or "nobody is signed on"
    yield "vehicle", state["vehicle"] or "-"
    known = "" if state["line_known"] else " (not served here: the default fare)"
    yield "line", " ".join(filter(None, (state["line"], state["direction"]))) + known or "-"
    yield "stop", state["station"] or "-"
    armed = state["armed"]
    if armed is None:
        yield "next tap", "pays for its own rider"
    else:
        who = "somebody who rides along" if armed["companion"] else f"{armed['riders']} riders"
        yield "next tap", f"pays for {who}, for {armed['left_ms'] // 1000} s more"
