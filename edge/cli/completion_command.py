"""``onecard completion``: what a shell needs to complete commands, options and files, by shtab (an extra)."""

from __future__ import annotations

import argparse
import importlib

from edge.cli.main import EXIT_FINE, command_names, load_command
from edge.domain.errors import ConfigError

HELP = "print a completion script for bash, zsh or tcsh"
SHELLS = ("bash", "zsh", "tcsh")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("shell", choices=SHELLS, help="the shell that will read it")


def run(arguments: argparse.Namespace) -> int:
    """Print it; raises ``CONFIG_VALUE`` where the extra is not installed."""
    try:
        shtab = importlib.import_module("shtab")
    except ImportError:
        raise ConfigError("CONFIG_VALUE", "install the package with its extra: onecard-edge[completion]") from None
    print(shtab.complete(whole_parser(), arguments.shell))
    return EXIT_FINE


def whole_parser() -> argparse.ArgumentParser:
    """Return one parser of every command; calling a command loads its own alone."""
    parser = argparse.ArgumentParser(prog="onecard")
    parser.add_argument("--version", action="store_true", help="print the version")
    commands = parser.add_subparsers()
    for name in command_names():
        command = load_command(name)
        command.configure(commands.add_parser(name, help=command.HELP, description=command.HELP))
    return parser
