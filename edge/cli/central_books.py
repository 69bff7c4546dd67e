"""``onecard central books`` and ``close``: bring the city's books up, look at them, close a business day."""

from __future__ import annotations

import argparse
from typing import Any, Final

from edge.cli.central_asking import Ask, day, tell
from edge.cli.output import columns
from edge.clock import SystemClock
from edge.domain.money import yuan

ACTIONS: Final = ("books", "close")


def configure(actions: Any) -> None:  # noqa: ANN401 - argparse names no public type for it
    """Add the actions."""
    verbs = actions.add_parser(
        "books",
        help="what everybody owes: `books run`, `status`, `reprice --from DAY`, `holder TOKEN`, `credits`, `waive TAP`",
    )
    verbs = verbs.add_subparsers(dest="verb", metavar="VERB", required=True)
    verbs.add_parser("run", help="bring the books up to what has arrived")
    verbs.add_parser("status", help="print how far the books are, and every balance")
    reprice = verbs.add_parser("reprice", help="price every token that tapped since a day anew")
    reprice.add_argument("--from", dest="day", type=day, required=True, metavar="YYYYMMDD")
    holder = verbs.add_parser("holder", help="print what a token owes, and what it has coming")
    holder.add_argument("token", metavar="TOKEN", help="32 hexadecimal digits")
    coming = verbs.add_parser("credits", help="print what tokens have coming")
    coming.add_argument("--publish", action="store_true", help="let their next taps use it")
    waive = verbs.add_parser("waive", help="let a tap go, or the journey that hangs on it: a credit of its holder")
    waive.add_argument("tap", type=tap_named, metavar="TERMINAL/EPOCH/SEQ", help="as reconcile and files name it")
    close = actions.add_parser("close", help="close a business day; exit 1 where it does not balance")
    close.add_argument("day", type=day, metavar="YYYYMMDD", help="a day that is over, Chinese civil time")


def tap_named(text: str) -> dict[str, object]:
    """Read an entry as files and lists name it, ``TERMINAL/EPOCH/SEQ``."""
    terminal, epoch, seq = text.split("/")
    return {"terminal": terminal, "epoch": int(epoch), "seq": int(seq)}


def run(arguments: argparse.Namespace, ask: Ask) -> int:
    """Do it; raises coded errors."""
    told, lines = _done(arguments, ask)
    return tell(arguments, told, lines)


def _done(arguments: argparse.Namespace, ask: Ask) -> tuple[dict[str, Any], list[str]]:
    if arguments.action == "close":
        return _closed(ask("close", {"day": arguments.day}))
    match arguments.verb:
        case "run":
            told = ask("books.run", {})
            return told, [f"{told['posted']} entries posted, {told['derived']} tokens derived, {told['moved']} changes"]
        case "reprice":
            return _repriced(arguments.day, ask)
        case "holder":
            told = ask("books.holder", {"token": arguments.token})
            return told, [f"owes {yuan(told['owed_fen'])}, has {yuan(told['credit_fen'])} coming"]
        case "waive":
            told = ask("books.waive", arguments.tap)
            return told, [f"{yuan(told['credit_fen'])} is coming to its holder"]
        case "credits":
            return _credits(ask("books.credits", {"publish": arguments.publish}))
        case _:
            return _status(ask("books.status", {}))


def _closed(told: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Lay out a day's file: what each party owes (above zero) or is owed, and how much of it came late."""
    rows = [("account", "party", "yuan", "late", "lines")]
    rows += [
        (row["account"], row["party"], yuan(row["fen"]), yuan(row["late_fen"]), str(row["lines"]))
        for row in told["totals"]
    ]
    return told, [*columns(rows), f"{told['day']} is closed; balanced: {'true' if told['balanced'] else 'false'}"]


def _credits(told: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    rows = [(row["token"], yuan(row["fen"])) for row in told["credits"]]
    edition = [f"edition {told['edition']} lets their next taps use it"] if "edition" in told else []
    return told, [*columns(rows), f"{len(rows)} tokens have something coming", *edition]


def _status(told: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    closed = ", ".join(map(str, told["closed"][-7:])) or "none"
    rows = [(row["account"], row["party"], yuan(row["fen"])) for row in told["balances"]]
    behind = f"{told['behind']} entries of {told['journals_behind']} journals are not in the books yet"
    return told, [*columns(rows), behind, f"days closed last: {closed}"]


def _repriced(day: int, ask: Ask) -> tuple[dict[str, Any], list[str]]:
    """Print the rate as well: how long it takes is what an operator asks first."""
    clock = SystemClock()
    start_ms = clock.monotonic_ms()
    told = ask("books.reprice", {"day": day})
    took_s = max(clock.monotonic_ms() - start_ms, 1) / 1000
    told = {**told, "taps_per_s": round(told["taps"] / took_s)}
    counts = f"{told['taps']} taps of {told['tokens']} tokens priced anew, {told['moved']} changes"
    return told, [f"{counts}; {told['taps_per_s']} taps a second"]
