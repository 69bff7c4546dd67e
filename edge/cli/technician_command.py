"""``onecard technician``: a key of one's own, and passes signed with it; all of it works without a network."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from edge.cli.main import EXIT_FINE
from edge.cli.output import add_json_option, columns, show
from edge.cli.pass_file import shown_pass
from edge.clock import SystemClock, SystemIds
from edge.crypto.signing import KEY_BYTES, SigningKey, load_signing_key
from edge.domain.errors import ConfigError
from edge.domain.work_pass import HOUR_MS, NONCE_BYTES, PASS_HOURS_MAX, Work, WorkPass
from edge.explaining.entry_text import moment
from sync.work_pass import read_pass, seal_pass

HELP = "make a technician's key; sign a pass for work on one terminal; show what a pass says"
HOURS: Final = 8


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="key|pass|show")
    key = verbs.add_parser("key", help="make a key; its public half goes on the centre's roster of technicians")
    key.add_argument("file", type=Path, metavar="FILE", help="a new file, readable by its owner alone")
    signing = verbs.add_parser("pass", help="sign a pass; it is printed as one line")
    signing.add_argument("terminal", metavar="TERMINAL", help="the terminal it is for")
    signing.add_argument("--key", type=Path, required=True, metavar="FILE", help="your key")
    signing.add_argument("--as", dest="technician", required=True, metavar="ID", help="your id on the roster")
    works = [work.value for work in Work]
    signing.add_argument("--work", choices=works, default=Work.SERVICE.value, help="what it is for (default service)")
    signing.add_argument(
        "--hours", type=int, default=HOURS, metavar="N", help=f"default {HOURS}, {PASS_HOURS_MAX} at most"
    )
    told = verbs.add_parser("show", help="say what a pass claims; whether it is genuine only a terminal knows")
    told.add_argument("file", type=Path, metavar="FILE", help="a file that holds a pass")
    for verb in (key, signing, told):
        add_json_option(verb)


def run(arguments: argparse.Namespace) -> int:
    """Do it; raises ``KEY_UNUSABLE``, ``CONFIG_VALUE`` and ``PASS_REFUSED``."""
    if arguments.verb == "key":
        return _make_key(arguments)
    if arguments.verb == "pass":
        return _sign(arguments)
    _tell(arguments, read_pass(shown_pass(arguments.file)), [])
    return EXIT_FINE


def _make_key(arguments: argparse.Namespace) -> int:
    if arguments.file.exists():
        raise ConfigError("KEY_UNUSABLE", f"{arguments.file}: is there already, and is not replaced")
    key = SigningKey(SystemIds().random_bytes(KEY_BYTES))
    key.write(arguments.file)
    lines = [key.public.hex(), "this public half goes into the column `key` of the centre's roster of technicians"]
    show(arguments, {"public": key.public.hex()}, lines)
    return EXIT_FINE


def _sign(arguments: argparse.Namespace) -> int:
    now_ms = SystemClock().wall_ms()
    until_ms = now_ms + arguments.hours * HOUR_MS
    nonce = SystemIds().random_bytes(NONCE_BYTES)
    try:
        given = WorkPass(arguments.technician, arguments.terminal, Work(arguments.work), now_ms, until_ms, nonce)
    except ValueError as error:
        raise ConfigError("CONFIG_VALUE", str(error)) from error
    text = seal_pass(load_signing_key(arguments.key), given)
    if arguments.json:
        _tell(arguments, given, [text])
    else:
        print(text)
    return EXIT_FINE


def _tell(arguments: argparse.Namespace, given: WorkPass, text: list[str]) -> None:
    facts = {
        "technician": given.technician,
        "terminal": given.terminal,
        "work": given.work.value,
        "issued_ms": given.issued_ms,
        "until_ms": given.until_ms,
    }
    times = {"issued": moment(given.issued_ms), "until": moment(given.until_ms)}
    rows = [*list(facts.items())[:3], *times.items()]
    show(
        arguments, {**facts, **({"pass": text[0]} if text else {})}, columns((name, str(value)) for name, value in rows)
    )
