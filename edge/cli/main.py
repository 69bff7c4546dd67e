"""The ``onecard`` command: finds the module of the called command, loads it alone, and turns errors into exit codes.

A command is one file ``<name>_command.py`` in this folder with ``HELP``, ``configure(parser)`` and
``run(arguments) -> int``. Existing is enough to be found. Exit codes are documented in README.md.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol, cast

from edge import __version__
from edge.cli.output import print_error
from edge.domain.errors import OneCardError

SUFFIX: Final = "_command"

COLUMNS: Final = 80

EXIT_FINE: Final = 0
EXIT_FAULT: Final = 1
EXIT_USAGE: Final = 2
EXIT_NOTHING: Final = 3
EXIT_INTERRUPTED: Final = 130
EXIT_BROKEN_PIPE: Final = 141

EXIT_CODES: Final[dict[int, str]] = {
    EXIT_FINE: "fine",
    EXIT_FAULT: "a fault was found: doctor, verify, compare and balance say which",
    EXIT_USAGE: "usage: unknown command or option",
    EXIT_NOTHING: "nothing to do",
    **{family.exit_code: f"{family.family} error" for family in OneCardError.__subclasses__()},
    EXIT_INTERRUPTED: "interrupted from the keyboard",
    EXIT_BROKEN_PIPE: "the reader of the output went away",
}
"""Every exit code of every command; a coded error takes the one of its family."""


class CommandModule(Protocol):
    """What a command's file provides."""

    HELP: str

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's options."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; returns the exit code, raises coded errors."""
        ...


def command_names() -> list[str]:
    """Return the names of all commands by the names of their files; loads none of them."""
    files = Path(__file__).parent.glob(f"*{SUFFIX}.py")
    return sorted(file.stem.removesuffix(SUFFIX).replace("_", "-") for file in files)


def load_command(name: str) -> CommandModule:
    """Load the module of one command."""
    return cast("CommandModule", importlib.import_module(f"edge.cli.{name.replace('-', '_')}{SUFFIX}"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in {"-h", "--help", "help"}:
        print(_overview())
        return EXIT_FINE if words else EXIT_USAGE
    if words[0] == "--version":
        print(f"onecard {__version__}")
        return EXIT_FINE
    if words[0] not in command_names():
        return _unknown(words[0])
    return _call(words[0], words[1:])


def _call(name: str, words: Sequence[str]) -> int:
    command = load_command(name)
    parser = argparse.ArgumentParser(prog=f"onecard {name}", description=command.HELP, formatter_class=_as_wide)
    command.configure(parser)
    arguments = parser.parse_args(words)
    try:
        code = command.run(arguments)
        sys.stdout.flush()
    except OneCardError as error:
        print_error(error, as_json=getattr(arguments, "json", False))
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the last flush does not fail again
        return EXIT_BROKEN_PIPE
    return code


def _as_wide(prog: str) -> argparse.HelpFormatter:
    """Format help as wide as the screen: argparse would load ``shutil`` to ask, for every option of a command."""
    try:
        columns = os.get_terminal_size().columns
    except OSError:  # no screen
        columns = COLUMNS
    return argparse.HelpFormatter(prog, width=columns - 2)


def _unknown(name: str) -> int:
    import difflib  # noqa: PLC0415 - loaded for a wrong name alone

    likely = difflib.get_close_matches(name, command_names(), 1)
    meant = f"; did you mean `{likely[0]}`?" if likely else ""
    print(f"onecard: no command `{name}`{meant} `onecard --help` lists them", file=sys.stderr)
    return EXIT_USAGE


def _overview() -> str:
    names = command_names()
    width = max(map(len, names), default=0)
    commands = [f"  {name:<{width}}  {load_command(name).HELP}" for name in names]
    return "\n".join(
        [
            "usage: onecard COMMAND [options]     onecard COMMAND --help     onecard --version",
            "",
            "One-Card edge terminal: decides, remembers, signals.",
            "",
            *commands,
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
