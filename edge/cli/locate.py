"""Where a command finds its terminal: by ``--config FILE``, or by ``--state DIR`` and ``--socket PATH``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from edge.cli.credentials import credentials_folder
from edge.config import Paths, TerminalConfig, load_config
from edge.domain.frozen import frozen

CONFIG_FILE: Final = Path("/etc/onecard/terminal.toml")


@frozen
class Located:
    """A terminal's folders and sockets; ``config`` is None where only ``--state`` was given."""

    paths: Paths
    technician_socket: Path
    config: TerminalConfig | None = None


def add_location_options(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """Let the command take ``--config``, ``--state`` and ``--socket``.

    ``default`` is argparse's SUPPRESS where they may also stand before an action.
    """
    for option, metavar, told in (
        ("--config", "FILE", f"configuration of the terminal (default {CONFIG_FILE})"),
        ("--state", "DIR", "state folder, in place of a configuration"),
        ("--socket", "PATH", "control socket of the running terminal"),
    ):
        parser.add_argument(option, type=Path, default=default, metavar=metavar, help=told)


def locate(arguments: argparse.Namespace) -> Located:
    """Return where the terminal is; raises ``CONFIG_*`` where the configuration cannot be used."""
    if arguments.state is not None and arguments.config is None:
        paths = Paths(state=arguments.state, sockets=arguments.state / "sockets")
        return Located(paths, arguments.socket or paths.socket("technician"))
    config = read_config(arguments.config or CONFIG_FILE)
    return Located(config.paths, arguments.socket or config.paths.socket("technician"), config)


def read_config(file: Path) -> TerminalConfig:
    """Read a configuration with the credentials that the service manager hands over, if it does."""
    return load_config(file, credentials_folder())
