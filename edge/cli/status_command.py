"""``onecard status``: one screen about one terminal."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Mapping
from typing import Final

from edge.cli.certificate_report import certificate_facts, certificate_line
from edge.cli.locate import add_location_options, locate
from edge.cli.output import add_json_option, columns, show
from edge.cli.sync_command import START
from edge.cli.terminal_source import open_source
from edge.control.messages import Message
from edge.domain.money import yuan
from edge.explaining.entry_text import moment

FEED: Final = "sync, or carry a courier stick there and back (`onecard courier export`, `import`)"
HELP = "show what the terminal is doing, on one screen"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_location_options(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Show it; whether that is good or bad is for ``doctor`` to say."""
    status = asyncio.run(_status(arguments))
    show(arguments, status, columns(screen(status)))
    return 0


async def _status(arguments: argparse.Namespace) -> Message:
    located = locate(arguments)
    async with open_source(located) as source:
        return {**await source.status(), "certificate": certificate_facts(located.paths.state)}


def screen(status: Message) -> Iterator[tuple[str, str]]:
    """Yield the rows of the screen: what, and how it stands."""
    journal, now_ms = status["journal"], status["now_ms"]
    yield "terminal", f"{status['terminal']}, epoch {status['epoch']}"
    yield "service", _service(status)
    yield "time", f"{moment(now_ms)} ({_time(status)})"
    yield "risk tier", status["tier"] + (f": {status['tier_why']}" if status["tier_why"] else "")
    yield "edition", f"{status['edition']}, {_slots(status['slots'])}"
    yield "lists", "; ".join(map(_list, status["lists"])) or "none"
    if lacks := lacking(status):
        yield "lacks", f"{lacks}: {FEED}"
    yield "journal", f"last entry {journal['last_seq']}, acked {journal['acked_seq']}"
    yield "unsent", _unsent(journal, now_ms)
    if status["running"] and not status.get("sync_listens", True):
        yield "sync", f"does not run; {START}"
    yield "debits", f"{journal['open_debits']} open, {journal['torn_debits']} torn and in suspense"
    yield "last tap", _last_tap(status["last_tap"])
    yield "space", f"{journal['space']}: journal {size(journal['used_bytes'])}, {size(journal['free_bytes'])} free"
    yield "continuity", str(status["continuity"])
    if certificate := status.get("certificate"):
        yield "certificate", certificate_line(certificate)
    for port, counters in status["ports"].items():
        yield f"port {port}", _counted(counters)
    yield "faults", _counted(status["faults"])


def _counted(counters: Mapping[str, float]) -> str:
    """Name what was counted; zeros say nothing."""
    return ", ".join(f"{name} {value:g}" for name, value in counters.items() if value) or "none"


def _service(status: Message) -> str:
    if not status["running"]:
        return "not running: read from the files"
    return f"stopped: {status['stop']}" if status["stop"] else "in service"


def _slots(slots: Message) -> str:
    refused = "".join(f"; {number} is not taken again: {why}" for number, why in slots["refused"].items())
    damaged = "; its files are damaged" if slots["damaged"] else ""
    stands = "on probation" if slots["probation"] else "proven"
    return f"{stands}, the one before: {slots['previous'] or 'none'}{refused}{damaged}"


def lacking(status: Message) -> str:
    """Say which lists a terminal lacks to serve at all, and how old those that it has are; empty: it lacks none."""
    if status["stop"] == "policy_missing":
        return "tariff and deny list, none is installed"
    if not (lack := status["lacks"]):
        return ""
    names = ", ".join(f"{part['kind']} {part['version']}" for part in status["lists"])
    never = "; it has never served" if lack["lack"] == "unused" else ""
    known, limit = moment(lack["as_of_ms"]), age(lack["age_h_max"] * 3600)
    return f"newer lists than {names}: known to be the newest on {known}, and {limit} are too old{never}"


def _list(part: Message) -> str:
    old = f" ({age(part['age_s'])} old)" if part["age_s"] >= 0 else ""
    name = part["kind"] if part["name"] == part["kind"] else f"{part['kind']} {part['name']}"
    return f"{name} version {part['version']}{old}"


def _time(status: Message) -> str:
    error_s = status["clock_error_s"]
    return f"{status['time_quality']}, " + (f"off by {age(error_s)} at most" if error_s >= 0 else "error not known")


def _unsent(journal: Message, now_ms: int) -> str:
    if not journal["unsent_entries"]:
        return "nothing"
    waiting = age(max(0, now_ms - journal["oldest_unsent_ms"]) // 1000)
    taps = f"{journal['unsent_taps']} taps of {yuan(journal['unsent_fen'])} yuan"
    older = f"; some in {journal['older_unsent']} earlier epochs" if journal["older_unsent"] else ""
    return f"{journal['unsent_entries']} entries ({taps}), oldest {waiting} ago{older}"


def _last_tap(tap: Message | None) -> str:
    return f"{tap['tap']} {tap['kind']}, entry {tap['seq']}, {moment(tap['time_ms'])}" if tap else "none"


def age(seconds: int) -> str:
    """Return an age in its largest whole unit: ``3 h``."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def size(count: int) -> str:
    """Return a size in its largest unit: ``2.5 MB``."""
    for unit, length in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if count >= length:
            return f"{count / length:.1f} {unit}"
    return f"{count} B"
