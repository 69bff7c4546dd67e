"""``onecard clock``: which time the terminal goes by, how far it may be off, and what that means. It sets nothing."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from typing import Final

from edge.cli.locate import add_location_options, locate
from edge.cli.output import add_json_option, columns, show
from edge.cli.status_command import age
from edge.cli.terminal_source import open_source
from edge.control.messages import Message
from edge.explaining.entry_text import moment

HELP = "show by which time the terminal goes, and how far it may be off"

MEANING: Final = {
    "trusted": "the wall clock agrees with signed time: lists age and expire by it, old entries are pruned",
    "holdover": "nobody has confirmed the wall clock: nothing expires by it; it is confirmed at the next contact",
    "untrusted": "the wall clock lies behind what has surely passed and is not used: check battery and time service",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_location_options(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Show it."""
    clock = asyncio.run(_clock(arguments))
    show(arguments, clock, columns(screen(clock)))
    return 0


async def _clock(arguments: argparse.Namespace) -> Message:
    async with open_source(locate(arguments)) as source:
        return await source.clock()


def screen(clock: Message) -> Iterator[tuple[str, str]]:
    """Yield the rows of the screen: what, and how it stands."""
    apart_s = (clock["system_ms"] - clock["now_ms"]) // 1000
    yield "wall clock", moment(clock["system_ms"])
    yield "goes by", moment(clock["now_ms"]) + (f" (the wall clock is {_apart(apart_s)})" if apart_s else "")
    yield "quality", clock["quality"]
    yield "may be off", _error(clock["error_s"], clock["drift_ppm"])
    yield "surely passed", moment(clock["high_water_ms"])
    yield "kept on the disk", moment(clock["kept_high_water_ms"]) if clock["kept_high_water_ms"] else "nothing yet"
    yield "signed time", _signed(clock)
    yield "edition known newest", moment(clock["confirmed_ms"]) if clock["confirmed_ms"] else "never"
    yield "means", MEANING[clock["quality"]]


def _apart(seconds: int) -> str:
    return f"{age(abs(seconds))} {'ahead' if seconds > 0 else 'behind'}"


def _error(error_s: int, drift_ppm: int) -> str:
    if error_s < 0:
        return "nobody knows: no signed time since the start"
    return f"{age(error_s)}, growing by {drift_ppm} ppm until the next signed time"


def _signed(clock: Message) -> str:
    if clock["signed_ms"]:
        return f"{moment(clock['signed_ms'])}, heard {age(clock['signed_ago_s'])} ago"
    if clock["kept_signed_ms"]:
        return f"{moment(clock['kept_signed_ms'])}, before the start"
    return "never"
