"""``onecard central keys``: the centre's signing keys, and the announcement of the next one."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any, Final

from edge.cli.central_asking import Ask, tell
from edge.domain.errors import ConfigError

ACTIONS: Final = ("keys",)
BEGINS_H: Final = 24
OVERLAP_DAYS: Final = 30


def configure(actions: Any) -> None:  # noqa: ANN401 - argparse names no public type for it
    """Add the action."""
    parser = actions.add_parser("keys", help="signing and token keys: `keys show`, `rotate`, `token new`, `drop N`")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    verbs.add_parser("show", help="print the keys, which one signs, and until when the others are believed")
    rotate = verbs.add_parser("rotate", help="make the next key and announce it to all terminals")
    rotate.add_argument(
        "--begins-h", type=int, default=BEGINS_H, metavar="HOURS", help=f"until it signs (default: {BEGINS_H})"
    )
    rotate.add_argument(
        "--overlap-days",
        type=int,
        default=OVERLAP_DAYS,
        metavar="DAYS",
        help=f"how long the old key is believed after that (default: {OVERLAP_DAYS})",
    )
    token = verbs.add_parser("token", help="token keys: `token new`, `token drop N`")
    token.add_argument("words", nargs="+", metavar="new|drop N")


def run(arguments: argparse.Namespace, ask: Ask) -> int:
    """Do it; raises coded errors."""
    if arguments.verb == "show":
        told = ask("keys.show", {})
        versions = ", ".join(map(str, told["token_keys"]))
        return tell(arguments, told, [*map(_line, told["keys"]), f"token keys in use: {versions}"])
    if arguments.verb == "token":
        return _token(arguments, ask)
    told = ask("keys.rotate", {"begins_h": arguments.begins_h, "overlap_days": arguments.overlap_days})
    lines = [f"key {told['number']} is announced; copy the state folder's keys to every other server before it signs"]
    return tell(arguments, told, [*lines, *map(_line, told["keys"])])


def _token(arguments: argparse.Namespace, ask: Ask) -> int:
    match arguments.words:
        case ["new"]:
            told = ask("keys.token.new", {})
            lines = [
                f"token key {told['token_key']} is made: restart the centre and publish every list anew, then enrol",
                "terminals anew one by one; `keys token drop` ends the older key once none uses it",
            ]
        case ["drop", version] if version.isdecimal():
            told = ask("keys.token.drop", {"version": int(version)})
            lines = [f"token key {version} is let go: restart the centre and publish every list anew"]
        case _:
            raise ConfigError("CONFIG_VALUE", "keys token new, or keys token drop N")
    return tell(arguments, told, lines)


def _line(key: dict[str, Any]) -> str:
    signs = "signs now" if key["signs"] else f"from {_day(key['begins_ms'])}" if key["begins_ms"] else "was the first"
    ends = f", believed until {_day(key['until_ms'])}" if key["until_ms"] else ""
    return f"{key['number']:3}  {key['fingerprint']}  {signs}{ends}"


def _day(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms // 1000, UTC).isoformat(timespec="minutes")
