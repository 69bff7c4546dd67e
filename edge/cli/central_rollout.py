"""``onecard central group``, ``stages``, ``release``, ``halt`` and ``rollback``: who gets what, and when."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any, Final

from edge.cli.central_asking import Ask, tell, unknown_lines
from edge.cli.output import columns
from edge.explaining.entry_text import moment

ACTIONS: Final = ("group", "stages", "release", "halt", "rollback")


def configure(actions: Any) -> None:  # noqa: ANN401 - argparse names no public type for it
    """Add the actions."""
    verbs = actions.add_parser(
        "group", help="terminals that get things first: `group list`, `group set NAME TERMINAL...`"
    )
    verbs = verbs.add_subparsers(dest="verb", metavar="VERB", required=True)
    verbs.add_parser("list", help="print every terminal that is in a group")
    setting = verbs.add_parser("set", help="put terminals into a group; one is in one group at most")
    setting.add_argument(
        "group", metavar="NAME", help="lower-case letters, digits and hyphens; `-` takes them out of theirs"
    )
    setting.add_argument("terminals", nargs="+", metavar="TERMINAL")
    actions.add_parser("stages", help="print what is staged to which group")
    release = actions.add_parser("release", help="give everybody what is staged to a group")
    halt = actions.add_parser("halt", help="take back what is staged to a group: it gets what everybody has")
    for parser in (release, halt):
        parser.add_argument("group", metavar="GROUP")
    back = actions.add_parser("rollback", help="publish again what a kind said before its newest version")
    back.add_argument("kind", metavar="KIND", help="tariff, deny_list, profiles, ...")
    back.add_argument(
        "name", nargs="?", default="", metavar="NAME", help="where there are several of a kind: the family"
    )


def run(arguments: argparse.Namespace, ask: Ask) -> int:
    """Do it; raises coded errors."""
    told, lines = _done(arguments, ask)
    return tell(arguments, told, lines)


def _done(arguments: argparse.Namespace, ask: Ask) -> tuple[dict[str, Any], list[str]]:
    match arguments.action:
        case "group" if arguments.verb == "list":
            told = ask("group.list", {})
            rows = [(row["group"], row["terminal"], moment(row["since_ms"])) for row in told["terminals"]]
            return told, columns(rows) if rows else ["no terminal is in a group"]
        case "group":
            group = "" if arguments.group == "-" else arguments.group
            told = ask("group.set", {"group": group, "terminals": arguments.terminals})
            where = f"in {group}" if group else "in no group"
            return told, [f"{len(arguments.terminals)} terminals are {where}", *unknown_lines(told)]
        case "stages":
            told = ask("stages", {})
            staged = [_stage(row) for row in told["stages"]]
            return told, columns(staged) if staged else ["nothing is staged"]
        case "rollback":
            told = ask("rollback", {"kind": arguments.kind, "name": arguments.name})
            return told, [f"{told['kind']} {told['name']} says again what it said before; edition {told['edition']}"]
        case action:
            told = ask(action, {"group": arguments.group})
            words = "everybody gets what was staged to" if action == "release" else "nothing is staged any more to"
            return told, [f"{words} {told['group']}; edition {told['edition']}"]


def _stage(row: Mapping[str, Any]) -> tuple[str, ...]:
    return row["group"], f"{row['kind']} {row['name']}", f"version {row['version']}", moment(row["staged_ms"])
