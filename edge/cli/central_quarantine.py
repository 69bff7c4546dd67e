"""``onecard central quarantine``: what was set aside, and the one end that each of it comes to."""

from __future__ import annotations

import argparse
from typing import Any, Final

from edge.cli.central_asking import Ask, tell
from edge.cli.central_books import tap_named
from edge.cli.output import columns
from edge.domain.money import yuan
from edge.explaining.entry_text import moment

ACTIONS: Final = ("quarantine",)
WAYS: Final = {
    "accept": ("accepted", "take an entry that the rules let pass by now"),
    "vouch": ("vouched", "take one that they refuse, on your word"),
    "write-off": ("written_off", "let its money go"),
}


def configure(actions: Any) -> None:  # noqa: ANN401 - argparse names no public type for it
    """Add the action."""
    told = "what was set aside: `quarantine list`, `accept`, `vouch`, `write-off`"
    verbs = actions.add_parser("quarantine", help=told)
    verbs = verbs.add_subparsers(dest="verb", metavar="VERB", required=True)
    verbs.add_parser("list", help="print what waits for somebody, and why")
    for way, (_, told) in WAYS.items():
        parser = verbs.add_parser(way, help=told)
        parser.add_argument("entry", type=tap_named, metavar="TERMINAL/EPOCH/SEQ", help="as the list names it")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="why; kept for ever")


def run(arguments: argparse.Namespace, ask: Ask) -> int:
    """Do it; raises coded errors."""
    if arguments.verb == "list":
        told = ask("quarantine.list", {})
        return tell(arguments, told, _listed(told["aside"]))
    how, _ = WAYS[arguments.verb]
    told = ask("quarantine.end", {**arguments.entry, "how": how, "reason": arguments.reason})
    return tell(arguments, told, [f"{told['entry']} is {told['how']} since {moment(told['ended_ms'])}"])


def _listed(rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return ["nothing is set aside"]
    told = [("entry", "came", "code", "kind", "yuan", "may be")]
    told += [
        (
            row["entry"],
            moment(row["received_ms"]),
            row["code"],
            row["kind"] or "-",
            yuan(row["suspense_fen"]),
            " or ".join(row["ways"]),
        )
        for row in rows
    ]
    return columns(told)
