"""``onecard courier``: what a dead modem keeps back travels on a stick, both ways; also from a disk on a depot PC."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from edge.cli.courier_report import refusal_lines, refusals
from edge.cli.courier_terminal import open_feed
from edge.cli.locate import Located, add_location_options, locate
from edge.cli.output import add_json_option, show
from edge.cli.stopped_terminal import as_owner
from edge.config import CentreSection
from edge.domain.errors import PolicyError, StoreError, UplinkError
from sync.courier import BringIn, BroughtIn, CarryOut
from sync.courier_link import StickLink
from sync.courier_stick import open_stick, place_of
from sync.downlink import Downlink
from sync.enrolment_files import grant_of, read_trust
from sync.feed import Feed
from sync.key_following import carry_keys
from sync.paths import KEYS_PATH

HELP = "carry batches out and acks and lists in on a stick: export PATH, import PATH"
EXIT_FAULT: Final = 1
EXIT_NOTHING: Final = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("way", choices=["export", "import"], help="`export` before the trip, `import` after it")
    parser.add_argument("path", type=Path, metavar="PATH", help="the stick, mounted, or any folder on it")
    add_location_options(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Go one way; exit 3 where there was nothing to carry, 1 where something on the stick was refused."""
    located = locate(arguments)
    socket = arguments.socket or located.paths.socket("sync")
    if arguments.way == "export":
        return asyncio.run(_export(arguments, located, socket))
    return asyncio.run(_import(arguments, located, socket))


async def _export(arguments: argparse.Namespace, located: Located, socket: Path) -> int:
    state = located.paths.state
    centre = CentreSection() if located.config is None else located.config.centre
    stick = open_stick(arguments.path, read_trust(state).ever, fill=True)
    async with open_feed(located, socket) as feed:
        carry = CarryOut(feed, stick, partial(grant_of, state), centre.batch_entries_max, centre.batch_bytes_max)
        carried = await carry.run()
    facts = {
        "terminal": carried.terminal,
        "batches": carried.batches,
        "entries": carried.entries,
        "written": carried.written,
    }
    lines = [f"{carried.terminal}: {carried.entries} unsent entries in {carried.batches} batches are on the stick"]
    if carried.batches:
        lines.append("next: `onecard central courier import`, `... export`, and back here `onecard courier import`")
    show(arguments, facts, lines)
    return 0 if carried.batches else EXIT_NOTHING


async def _import(arguments: argparse.Namespace, located: Located, socket: Path) -> int:
    trust = read_trust(located.paths.state)
    stick = open_stick(arguments.path, trust.ever, fill=False)
    async with open_feed(located, socket) as feed:
        unproven = await carry_keys(feed, trust, stick.read(place_of(KEYS_PATH)))
        brought = await BringIn(feed, stick, trust.in_force).run()
        if unproven is not None:
            brought.refused["keys"] = unproven
        before = (await feed.hello()).edition
        if located.config is not None:  # a removed disk stays as it is, but for its watermarks
            downlink = Downlink(StickLink(stick), trust.in_force, located.paths.state, ever=trust.ever)
            await _bring_edition(feed, downlink, located, brought)
        after = (await feed.hello()).edition
    show(arguments, _facts(brought, before, after), _lines(brought, before, after))
    if brought.refused:
        return EXIT_FAULT
    return 0 if brought.news or brought.known or after != before else EXIT_NOTHING


async def _bring_edition(feed: Feed, downlink: Downlink, located: Located, brought: BroughtIn) -> None:
    """Stage a newer edition as the sync process would and put it into force; a bad one changes nothing and is told."""
    in_force, paths = (await feed.hello()).edition, located.paths
    try:
        with as_owner(paths.editions if paths.editions.is_dir() else paths.state):
            number = await downlink.stage(in_force)
            if number is not None:
                downlink.taken(await feed.edition(f"{paths.editions.name}/{number}"))
    except PolicyError as error:
        if error.code != "ARTIFACT_ROLLED_BACK":  # an old stick: what is in force is newer
            brought.refused["edition"] = error
    except UplinkError as error:  # no centre and no portal spoke: a file is not there, or not whole
        brought.refused["edition"] = StoreError("STICK_DAMAGED", str(error.args[0]))


def _facts(brought: BroughtIn, before: int, after: int) -> Mapping[str, object]:
    return {
        "terminal": brought.terminal,
        "acked": {str(epoch): seq for epoch, seq in brought.acked.items()},
        "acks_new": brought.news,
        "acks_known": brought.known,
        "edition": after,
        "edition_before": before,
        "refused": refusals(brought.refused),
    }


def _lines(brought: BroughtIn, before: int, after: int) -> list[str]:
    acked = ", ".join(f"epoch {epoch} to {seq}" for epoch, seq in brought.acked.items()) or "nothing"
    lines = [f"{brought.terminal}: {brought.news} new acks, {brought.known} known ones; acked: {acked}"]
    lines.append(f"edition {after} is in force" + (f", before it {before}" if after != before else ", none is newer"))
    return lines + refusal_lines(brought.refused)
