"""``onecard sync``: the process that carries batches up and reference data down; ``sync now`` asks for it at once."""

from __future__ import annotations

import argparse
import asyncio
import importlib
from pathlib import Path
from typing import Final

from edge.cli.locate import CONFIG_FILE, add_location_options, locate, read_config
from edge.cli.main import EXIT_FAULT, EXIT_FINE
from edge.cli.output import add_json_option, show
from edge.control.client import connect

HELP = "carry batches up and reference data down; `sync now` asks the running one to hurry"
START: Final = "start it: systemctl start onecard-sync"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_location_options(parser)
    add_json_option(parser)
    parser.add_argument("now", nargs="?", choices=["now"], help="only ask the running sync process to try at once")
    parser.add_argument("--centre", default="", metavar="URL", help="in place of the address in the configuration")


def run(arguments: argparse.Namespace) -> int:
    """Run until the service manager or Ctrl-C ends it; or ask and return."""
    if arguments.now:
        heard = asyncio.run(_ask(locate(arguments).technician_socket))
        told = "asked the sync process to try at once" if heard else f"no sync process listens; {START}"
        show(arguments, {"asked": heard}, [told])
        return EXIT_FINE if heard else EXIT_FAULT
    config = read_config(arguments.config or CONFIG_FILE)
    wiring = importlib.import_module("edge.wiring_sync")  # loads an HTTP library: only when it is called
    return int(wiring.run_sync(wiring.options_of(config, arguments.centre)))


async def _ask(socket: Path) -> bool:
    """Ask for it; says whether anybody hears that."""
    async with connect(socket) as client:
        return bool((await client.call("sync.now")).get("heard", True))
