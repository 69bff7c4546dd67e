"""``onecard central export``, ``query``, ``clear`` and ``results``: files of closed days, and what is answered to them.

``clear`` opens the clearing key in this process alone: the centre, running or not, is asked for sealed boxes.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from edge.cli.central_asking import day, tell
from edge.cli.credentials import credentials_folder
from edge.cli.output import columns
from edge.domain.errors import ConfigError
from edge.domain.money import yuan

ACTIONS: Final = ("export", "query", "clear", "results")
EXPORTS: Final = Path("/var/lib/onecard-central/exports")
CLEAR_KEY: Final = "clearing-1.key"
KEY_NEW: Final = ["key", "new"]
KEY_WORDS: Final = 3

At = Callable[[Any], Any]


def configure(actions: Any) -> None:  # noqa: ANN401 - argparse names no public type for it
    """Add the actions."""
    export = actions.add_parser("export", help="write the files of a closed day: one for each party, and a manifest")
    export.add_argument("day", type=day, metavar="YYYYMMDD")
    export.add_argument("--to", type=Path, default=EXPORTS, metavar="DIR", help=f"gets DIR/DAY (default {EXPORTS})")
    export.add_argument("--parquet", action="store_true", help="and all lines as Parquet (extra analytics)")
    query = actions.add_parser("query", help="ask the Parquet files of all days a question (extra analytics)")
    query.add_argument("name", metavar="NAME", help="by_party, balance, late, adjusted")
    query.add_argument("--in", dest="folder", type=Path, default=EXPORTS, metavar="DIR", help="as export --to")
    clear = actions.add_parser(
        "clear", help="open the sealed numbers of a closed day into files for acquirers; `clear key new FILE`"
    )
    clear.add_argument("words", nargs="+", metavar="YYYYMMDD|key new FILE")
    clear.add_argument("--to", type=Path, metavar="DIR", help="gets DIR/DAY with owner rights alone")
    told = f"the private clearing key (default the service manager's credential {CLEAR_KEY})"
    clear.add_argument("--key", type=Path, metavar="FILE", help=told)
    results = actions.add_parser("results", help="`results import CSV`: what acquirers and issuers answered")
    results.add_argument("way", choices=["import"])
    results.add_argument("file", type=Path, metavar="CSV", help="reference,result,fen,reason")


def run(arguments: argparse.Namespace, state: Path, at: At) -> int:
    """Do it; ``at`` does work that asks the centre. Raises coded errors."""
    doing = {"export": _export, "query": _query, "clear": _clear, "results": _results}[arguments.action]
    told, lines = doing(arguments, state, at)
    return tell(arguments, told, lines)


Told = tuple[dict[str, Any], list[str]]


def _export(arguments: argparse.Namespace, _state: Path, at: At) -> Told:
    files = importlib.import_module("sync.central.exports.day_files")
    analytics = _analytics() if arguments.parquet else None
    told = at(lambda ask: files.export_day(ask, arguments.day, arguments.to))
    if analytics is not None:
        analytics.write_parquet(arguments.to / str(arguments.day))
    fits = "true" if told["balanced"] else "false"
    return told, [*_files(told), f"{arguments.to / str(arguments.day)} is written; balanced: {fits}"]


def _query(arguments: argparse.Namespace, _state: Path, _at: At) -> Told:
    names, rows = _analytics().ask_files(arguments.folder, arguments.name)
    told = {"columns": list(names), "rows": [list(row) for row in rows]}
    return told, columns([tuple(names), *(tuple("" if cell is None else str(cell) for cell in row) for row in rows)])


def _clear(arguments: argparse.Namespace, state: Path, at: At) -> Told:
    keys = importlib.import_module("sync.central.exports.clear_key")
    words = arguments.words
    if words[:2] == KEY_NEW and len(words) == KEY_WORDS:
        private = Path(words[2])
        keys.make_clearing_key(state, private)
        return {"key": str(private)}, [f"{private} is the private clearing key: keep it where no server runs"]
    if len(words) != 1 or arguments.to is None:
        raise ConfigError("CONFIG_VALUE", "clear YYYYMMDD --to DIR, or clear key new FILE")
    try:
        closed = day(words[0])
    except ValueError:
        raise ConfigError("CONFIG_VALUE", "clear: a day is wanted, YYYYMMDD") from None
    private_key = keys.read_clearing_key(_key_file(arguments.key), state)
    files = importlib.import_module("sync.central.exports.clear_files")
    told = at(lambda ask: files.clear_day(ask, closed, private_key, arguments.to))
    return told, [*_files(told), f"{arguments.to / words[0]} has numbers in clear: hand it over and delete it"]


def _key_file(given: Path | None) -> Path:
    folder = credentials_folder()
    if given is None and folder is None:
        raise ConfigError("KEY_UNUSABLE", f"--key FILE, or the credential {CLEAR_KEY}, is wanted")
    return given if given is not None else (folder or Path()) / CLEAR_KEY


def _results(arguments: argparse.Namespace, _state: Path, at: At) -> Told:
    table = importlib.import_module("edge.cli.publishing").read_text(arguments.file)

    async def once(ask: Any) -> dict[str, Any]:  # noqa: ANN401 - whoever asks the centre
        return dict(await ask("results", {"table": table}))

    told = at(once)
    counts = ", ".join(f"{count} {name}" for name, count in told["results"].items())
    return told, [f"{counts or 'nothing'} taken in; {told['known']} were known already"]


def _files(told: dict[str, Any]) -> list[str]:
    rows = [("file", "rows", "yuan")]
    rows += [(one["name"], str(one["rows"]), yuan(one["fen"])) for one in told["files"]]
    return columns(rows)


def _analytics() -> ModuleType:
    """Return what writes and asks Parquet; raises ``CONFIG_VALUE`` where the extra is not installed."""
    try:
        return importlib.import_module("sync.central.exports.parquet")
    except ModuleNotFoundError:
        raise ConfigError("CONFIG_VALUE", "Parquet needs the extra: pip install 'onecard-edge[analytics]'") from None
