"""``onecard wipe``: take everything of this terminal away, and lose nothing that the centre lacks."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from edge.cli.locate import add_location_options, locate
from edge.cli.main import EXIT_FINE
from edge.cli.output import add_json_option, show
from edge.cli.pass_file import shown_pass
from edge.cli.wiping import Wiped, WipeOrder, wipe

HELP = "remove all of a stopped terminal; what is unsent goes onto a stick first"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--to", type=Path, metavar="PATH", help="the courier stick that takes what is unsent")
    parser.add_argument(
        "--pass",
        dest="passes",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a technician's pass for `wipe`; two, one of them an inspector's, where entries are unsent",
    )
    parser.add_argument("--terminal", default="", metavar="NAME", help="its name, where there is no roster")
    add_location_options(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it; raises ``WIPE_REFUSED`` and ``PASS_REFUSED`` with nothing removed."""
    order = WipeOrder([shown_pass(file) for file in arguments.passes], arguments.to, arguments.terminal)
    wiped = asyncio.run(wipe(locate(arguments), order))
    facts = {
        "terminal": wiped.terminal,
        "exported": wiped.exported,
        "technicians": list(wiped.technicians),
        "left": wiped.left,
    }
    show(arguments, facts, _lines(wiped, arguments.to))
    return EXIT_FINE


def _lines(wiped: Wiped, stick: Path | None) -> list[str]:
    lines = [f"{wiped.terminal} is wiped" if wiped.terminal else "a wipe that was cut short is finished"]
    if stick is not None and wiped.terminal:
        lines.append(f"{wiped.exported} entries are on the stick; next: `onecard central courier import`")
    if wiped.left:
        lines.append(f"left alone, for no part of ours made it: {', '.join(wiped.left)}")
    return lines
