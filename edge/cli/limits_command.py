"""``onecard limits``: what the terminal may risk, what it has used of it, and which tier it is in and why."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, Final

from edge.cli.locate import add_location_options, locate
from edge.cli.output import add_json_option, columns, show
from edge.cli.status_command import age
from edge.cli.terminal_source import open_source
from edge.control.messages import Message
from edge.domain.money import yuan

HELP = "show what may be risked offline, what is used of it, and the risk tier"
NONE: Final = "no ceiling"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_location_options(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Show it; how bad it is, is for ``doctor`` to say."""
    limits = asyncio.run(_limits(arguments))
    show(arguments, limits, columns(screen(limits)))
    return 0


async def _limits(arguments: argparse.Namespace) -> Message:
    async with open_source(locate(arguments)) as source:
        return await source.limits()


def screen(limits: Message) -> Iterator[tuple[str, str]]:
    """Yield the rows of the screen: what, and how it stands."""
    if "lacks" in limits:
        yield "edition", f"none: {limits['lacks']}"
        return
    yield "edition", str(limits["edition"])
    yield "tier", limits["tier"] + (f": {limits['why']}" if limits["why"] else "")
    yield "media", {"all": "all", "local": "of this city only", "none": "none"}[limits["media"]]
    for row in limits["terminal"]:
        yield f"terminal {row['name']}", gauge(row["name"], row["used"], row["max"])
    for family in limits["families"]:
        yield from _family(family)
    for name, ceiling in limits["tap_and_card"].items():
        yield f"each {name.removesuffix('_max')}", _amount(name, ceiling)
    yield "debts", {"tell": "told", "block": "block the token", "recover": "recovered with the fare"}[limits["debt"]]
    for tier in limits["tiers"]:
        yield f"tier {tier['name']}", "; ".join(_conditions(tier)) + (" (holds)" if tier["holds"] else "")
    for each in limits["lists"]:
        old = age(each["age_s"]) if each["age_s"] >= 0 else "not known until signed time confirms it"
        yield f"age of {each['kind']} {each['name']}", f"{old}, version {each['version']}"


def gauge(name: str, used: int, ceiling: int | None) -> str:
    """Return ``3 of 50 (6 %)``."""
    if ceiling is None:
        return f"{_amount(name, used)}, {NONE}"
    share = f" ({100 * used // ceiling} %)" if ceiling else ""
    return f"{_amount(name, used)} of {_amount(name, ceiling)}{share}"


def _family(family: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    ceilings = dict(family["ceilings"])
    for name in ("unsent_count", "unsent_fen"):
        ceiling = ceilings.pop(f"{name}_max", None)
        if family[name] or ceiling is not None:
            yield f"{family['family']} {name}", gauge(name, family[name], ceiling)
    for name, ceiling in ceilings.items():
        yield f"{family['family']} {name.removesuffix('_max')}", _amount(name, ceiling)


def _conditions(tier: Mapping[str, Any]) -> Iterator[str]:
    """Yield what brings a tier about, then what it changes."""
    yield from (f"{kind} {age(age_s)} old" for kind, age_s in tier["ages_s"].items())
    if tier["clock_error_s"] is not None:
        yield f"clock {age(tier['clock_error_s'])} off"
    if tier["clock_unknown"]:
        yield "clock not bounded"
    if tier["media"] != "all":
        yield f"media: {tier['media']}"
    yield from (f"{name} {_amount(name, ceiling)}" for name, ceiling in tier["ceilings"].items())


def _amount(name: str, number: int) -> str:
    if "_fen" in name:
        return f"{yuan(number)} yuan"
    return age(number) if name.endswith("_s") else str(number)
