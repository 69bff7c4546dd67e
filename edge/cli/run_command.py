"""``onecard run``: the terminal process."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path
from typing import cast

from edge.cli.locate import read_config

HELP = "run the terminal: readers, decisions, journal, signals"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="terminal.toml of this terminal")


def run(arguments: argparse.Namespace) -> int:
    """Run until the service manager or Ctrl-C ends it."""
    config = read_config(arguments.config)
    _leave_out_tls()
    wiring = importlib.import_module("edge.wiring_run")  # after the configuration is known to be sound
    return int(wiring.run_terminal(config))


def _leave_out_tls() -> None:
    """Spare this process asyncio's TLS, 0.8 MB: it has no network. None stands for a module that cannot be imported."""
    cast("dict[str, object]", sys.modules).setdefault("ssl", None)
