"""``onecard central user``: who may sign in at the fleet pages. Passwords come from a keyboard, a pipe or a file."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from edge.cli.central_asking import Ask, tell
from edge.cli.output import columns
from edge.domain.errors import ConfigError
from edge.explaining.entry_text import moment

ACTIONS: Final = ("user",)
ROLES: Final = ("viewer", "operator", "admin")


def configure(actions: Any) -> None:  # noqa: ANN401 - argparse names no public type for it
    """Add the action."""
    verbs = actions.add_parser("user", help="who may sign in at the fleet pages: `user add NAME --role operator`")
    verbs = verbs.add_subparsers(dest="verb", metavar="VERB", required=True)
    add = verbs.add_parser("add", help="let somebody in; the password is asked for, or comes from a file or pipe")
    verbs.add_parser("list", help="print everybody")
    role = verbs.add_parser("role", help="give somebody another role")
    password = verbs.add_parser("password", help="give somebody another password")
    remove = verbs.add_parser("remove", help="let somebody in no more")
    for parser in (add, role, password, remove):
        parser.add_argument(
            "name", metavar="NAME", help="lower-case letters, digits, dots, hyphens; signs what is done"
        )
    for parser in (add, role):
        parser.add_argument("--role", choices=ROLES, required=True, help="look, also act, also say who may")
    for parser in (add, password):
        told = "its first line is the password; never on the command line, where others see it"
        parser.add_argument("--password-file", type=Path, metavar="FILE", help=told)


def run(arguments: argparse.Namespace, ask: Ask) -> int:
    """Do it; raises coded errors."""
    told, lines = _done(arguments, ask)
    return tell(arguments, told, lines)


def _done(arguments: argparse.Namespace, ask: Ask) -> tuple[dict[str, Any], list[str]]:
    match arguments.verb:
        case "list":
            told = ask("user.list", {})
            rows = [_row(user) for user in told["users"]]
            return told, columns(rows) if rows else ["nobody may sign in: `onecard central user add NAME --role admin`"]
        case "add":
            asked = {"name": arguments.name, "role": arguments.role, "password": _password(arguments.password_file)}
            told = ask("user.add", asked)
            return told, [f"{told['name']} may sign in as {told['role']}"]
        case "role":
            told = ask("user.role", {"name": arguments.name, "role": arguments.role})
            return told, [f"{told['name']} is {told['role']} now, and signed out"]
        case "password":
            told = ask("user.password", {"name": arguments.name, "password": _password(arguments.password_file)})
            return told, [f"{told['name']} has another password, and is signed out"]
        case _:
            told = ask("user.remove", {"name": arguments.name})
            return told, [f"{told['name']} may not sign in any more"]


def _row(user: Mapping[str, Any]) -> tuple[str, ...]:
    signed_in = moment(user["signed_in_ms"]) if user["signed_in_ms"] else "never signed in"
    return user["name"], user["role"], moment(user["changed_ms"]), f"by {user['changed_by']}", signed_in


def _password(file: Path | None) -> str:
    """Read a password: hidden and twice at a keyboard, one line from a pipe or file."""
    if file is not None:
        try:
            return file.read_text("utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, ValueError) as error:
            told = getattr(error, "strerror", None) or "not text"
            raise ConfigError("CONFIG_UNREADABLE", f"{file}: {told}") from error
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise ConfigError("CONFIG_VALUE", "both times the password has to be the same")
    return password
