"""``onecard central export``, ``query``, ``clear`` and ``results``: files of closed days, and what is answered to them.

``clear`` opens the clearing key in this process alone: the centre, running or not, is asked for sealed boxes.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Sequence
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
CLEAR_KEYS: Final = "clearing-*.key"
KEY_WORDS: Final = "clear YYYYMMDD --to DIR, or clear key new FILE, key list, key drop N"

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
        "clear",
        help="open the sealed numbers of a closed day into files for acquirers; `clear key new`, `list`, `drop`",
    )
    clear.add_argument("words", nargs="+", metavar="YYYYMMDD|key new FILE|key list|key drop N")
    clear.add_argument("--to", type=Path, metavar="DIR", help="gets DIR/DAY with owner rights alone")
    told = f"a private clearing key; may be said again (default the service manager's credentials {CLEAR_KEYS})"
    clear.add_argument("--key", type=Path, action="append", default=[], metavar="FILE", help=told)
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
    if arguments.words[0] == "key":
        return _clearing_key(arguments.words[1:], state, at)
    if len(arguments.words) != 1 or arguments.to is None:
        raise ConfigError("CONFIG_VALUE", KEY_WORDS)
    try:
        closed = day(arguments.words[0])
    except ValueError:
        raise ConfigError("CONFIG_VALUE", "clear: a day is wanted, YYYYMMDD") from None
    private_keys = _clear_key().read_clearing_keys(arguments.key or _credentials(), state)
    files = importlib.import_module("sync.central.exports.clear_files")
    told = at(lambda ask: files.clear_day(ask, closed, private_keys, arguments.to))
    return told, [*_files(told), f"{arguments.to / str(closed)} has numbers in clear: hand it over and delete it"]


def _clearing_key(words: Sequence[str], state: Path, at: At) -> Told:
    keys, sealed = _clear_key(), importlib.import_module("sync.central.exports.sealed").sealed_by_version
    match words:
        case ["new", file]:
            version = keys.make_clearing_key(state, Path(file))
            lines = [f"{file} is private clearing key {version}: keep it where no server runs, and those before it too"]
            if version > 1:
                document = state / f"clearing-{version}.toml"
                lines.append(f"restart the centre; for terminals: onecard central publish {document}")
            return {"key": file, "version": version}, lines
        case ["list"]:
            taps = at(sealed)
            versions = sorted({*keys.clearing_versions(state), *taps})
            rows = [("key", "taps"), *((str(version), str(taps.get(version, 0))) for version in versions)]
            return {"keys": [{"version": version, "taps": taps.get(version, 0)} for version in versions]}, columns(rows)
        case ["drop", number] if number.isdecimal():
            keys.drop_clearing_key(state, int(number), at(sealed))
            return {"dropped": int(number)}, [f"clearing key {number} is forgotten; nothing was sealed to it"]
    raise ConfigError("CONFIG_VALUE", KEY_WORDS)


def _clear_key() -> ModuleType:
    """Return what makes and reads clearing keys: other actions have no use for it."""
    return importlib.import_module("sync.central.exports.clear_key")


def _credentials() -> list[Path]:
    """Return the private keys that the service manager hands over; raises ``KEY_UNUSABLE`` where there are none."""
    folder = credentials_folder()
    found = sorted(folder.glob(CLEAR_KEYS)) if folder is not None else []
    if not found:
        raise ConfigError("KEY_UNUSABLE", f"--key FILE, or the credential {CLEAR_KEYS}, is wanted")
    return found


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
