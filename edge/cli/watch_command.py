"""``onecard watch``: one live screen about a running terminal; it goes on when the terminal comes back."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from edge.cli.locate import add_location_options, locate
from edge.cli.main import EXIT_FINE
from edge.cli.output import columns
from edge.cli.status_command import screen
from edge.clock import SystemClock
from edge.control.client import connect
from edge.control.messages import Message
from edge.domain.errors import RemoteProtocolError
from edge.domain.frozen import mutable
from edge.domain.money import yuan
from edge.explaining.entry_text import moment
from edge.terminal.prompts import Texts, load_prompts

HELP = "watch the running terminal on one screen: how it stands, taps and faults as they come"
EVERY_S: Final = 1
EVERY_S_MAX: Final = 60
RECENT: Final = 8
HOME: Final = "\x1b[H"
CLEAR_LINE: Final = "\x1b[K"
CLEAR_BELOW: Final = "\x1b[J"
TOLD: Final = frozenset({"tap", "fault"})


@mutable
class View:
    """What the screen shows: the last status, or why there is none, and the newest events first."""

    status: Message | None = None
    trouble: str = "not asked yet"
    recent: deque[str] = field(default_factory=lambda: deque(maxlen=RECENT))

    def hear(self, event: Message, now_ms: int) -> None:
        """Take an event, if it is one for people."""
        if event.get("event") in TOLD:
            self.recent.appendleft(f"{moment(int(event.get('time_ms', now_ms)))}  {said(event)}")

    def lines(self) -> Iterator[str]:
        """Yield the screen from its top."""
        if self.status is None:
            yield f"the terminal is not reached: {self.trouble}"
        else:
            yield from columns(screen(self.status))
        yield ""
        yield from self.recent or ["no tap and no fault since this screen began"]


def said(event: Message) -> str:
    """Return a tap or a fault in a few words."""
    if event["event"] == "fault":
        return f"fault {event['code']}: {event['hint']}"
    paid = f" {yuan(event['fen'])}" if event.get("fen", -1) >= 0 else ""
    left = f", {yuan(event['balance_fen'])} left" if event.get("balance_fen", -1) >= 0 else ""
    prompt = str(event["prompt"])
    words = " · ".join(_prompts().get(prompt, {"": prompt}).values())
    return f"{event['lamp']:<5}  {words}{paid}{left}"


@functools.cache
def _prompts() -> Mapping[str, Texts]:
    """Return the built-in words, whatever the edition in force says instead: this screen is for technicians."""
    return load_prompts()


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--every",
        type=int,
        choices=range(1, EVERY_S_MAX + 1),
        default=EVERY_S,
        metavar="S",
        help=f"how often the status is asked for (default {EVERY_S} s)",
    )
    parser.add_argument(
        "--times", type=int, default=0, metavar="N", help="end after N screens (default: Ctrl-C ends it)"
    )
    add_location_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Watch until Ctrl-C, or for a number of screens; a terminal that is away is waited for."""
    asyncio.run(_watch(locate(arguments).technician_socket, arguments.every, arguments.times))
    return EXIT_FINE


async def _watch(socket: Path, every_s: int, times: int) -> None:
    view, clock = View(), SystemClock()
    listening = asyncio.create_task(_listen(socket, view, clock, every_s))
    try:
        shown = 0
        while True:
            view.status, view.trouble = await _status(socket)
            _draw(view.lines())
            shown += 1
            if times and shown >= times:
                return
            await asyncio.sleep(every_s)
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


async def _status(socket: Path) -> tuple[Message | None, str]:
    try:
        async with connect(socket) as client:
            return await client.call("status"), ""
    except RemoteProtocolError as error:
        return None, str(error)


async def _listen(socket: Path, view: View, clock: SystemClock, every_s: int) -> None:
    """Hear events, and connect again for as long as the terminal is away."""
    while True:
        try:
            async with connect(socket) as client:
                async for event in client.events():
                    view.hear(event, clock.wall_ms())
        except RemoteProtocolError as error:
            view.trouble = str(error)
            await asyncio.sleep(every_s)


def _draw(lines: Iterable[str]) -> None:
    """Draw over the screen before; on something that is no terminal, one screen below the other."""
    told = list(lines)
    if not sys.stdout.isatty():
        print("\n".join([*told, ""]), flush=True)
        return
    size = os.get_terminal_size(sys.stdout.fileno())
    cut = [line[: size.columns] for line in told[: size.lines - 1]]
    print(HOME + "\n".join(line + CLEAR_LINE for line in cut) + CLEAR_BELOW, end="", flush=True)
