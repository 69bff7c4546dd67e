"""``onecard run``: the terminal process."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from edge.cli.locate import read_config

HELP = "run the terminal: readers, decisions, journal, signals"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="terminal.toml of this terminal")


def run(arguments: argparse.Namespace) -> int:
    """Run until the service manager or Ctrl-C ends it."""
    config = read_config(arguments.config)
    wiring = importlib.import_module("edge.wiring_run")  # after the configuration is known to be sound
    return int(wiring.run_terminal(config))
