"""``onecard central``: the centre's server, and what its operator asks of it."""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from edge.cli import (
    central_books,
    central_files,
    central_keys,
    central_load,
    central_quarantine,
    central_rollout,
    central_trust,
    central_user,
)
from edge.cli.central_asking import EXIT_UNBALANCED, day
from edge.cli.central_code import configure_code
from edge.cli.credentials import credentials_folder
from edge.cli.output import print_json
from edge.clock import SystemClock, SystemIds
from edge.domain.errors import ConfigError

HELP = "serve the centre, or ask it: token, publish, enrol, lease, courier, claims, reconcile, ..."

DEFAULT_LISTEN: Final = "127.0.0.1:8440"
PASSWORD_NAME: Final = "database-password"  # noqa: S105 - a file's name
DEFAULT_STATE: Final = Path("/var/lib/onecard-central")
LINES: Final = {
    "reconcile": "books_lines",
    "clearing": "dues_lines",
    "claims": "claims_lines",
    "flags": "flags_lines",
    "lease": "lease_lines",
    "refused": "refused_lines",
}
"""Actions whose answer is laid out for people, and by what."""
OF_A_DAY: Final = {
    "clearing": "print what acquirers and issuers of codes owe for a day",
    "claims": "print who stands and who carries what of a day's claims on quotas",
    "flags": "print what guards of meal subsidies found on a day, and between tills",
}
ASKING: Final = (central_rollout, central_books, central_quarantine, central_user, central_keys)
"""Parts whose actions ask the centre, and nothing else."""
PORT_MAX: Final = 65_535
UNIX: Final = "unix:"


class ActionParser(argparse.ArgumentParser):
    """Parses an action, and each of its verbs; the options for places are taken after any of them."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - argparse's own
        super().__init__(**options)
        _add_places(self)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options; those for places are taken before and after the action and its verb."""
    _add_places(parser)
    _add_listening(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=ActionParser)
    _add_listening(actions.add_parser("serve", help="serve, as without an action"))
    token = actions.add_parser("token", help="`token new`: print a one-time enrolment token")
    token.add_argument("new", choices=["new"])
    token.add_argument("--terminal", default="", metavar="NAME", help="name of the terminal (default: a fresh one)")
    publish = actions.add_parser(
        "publish", help="put tariffs, limits, lists, keys, rosters, prompts, menus or settings into a new edition"
    )
    publish.add_argument(
        "names",
        nargs="+",
        metavar="FILE|BUNDLE",
        help="a TOML, JSON or CSV file, or the id or series of a shipped bundle",
    )
    publish.add_argument("--to", default="", metavar="GROUP", help="stage it to this group of terminals alone")
    enrol = actions.add_parser("enrol", help="answer an enrolment request that came as a file")
    enrol.add_argument("file", type=Path, metavar="FILE")
    courier = actions.add_parser(
        "courier", help="take batches from a stick and leave acks, or load it with the edition"
    )
    courier.add_argument("way", choices=["import", "export"])
    courier.add_argument("path", type=Path, metavar="PATH", help="the stick, mounted, or any folder on it")
    actions.add_parser("reconcile", help="print the books; exit 1 when they do not balance")
    for name, told in OF_A_DAY.items():
        action = actions.add_parser(name, help=told)
        action.add_argument(
            "--day", type=day, required=True, metavar="YYYYMMDD", help="business day, Chinese civil time"
        )
    lease = actions.add_parser("lease", help="give terminals the sole right to grant quotas of persons, by a table")
    lease.add_argument("file", type=Path, metavar="CSV", help="holder,counter,bucket,terminal,until")
    refused = actions.add_parser("refused", help="turn taps that issuers refused later into debts, by a table")
    refused.add_argument("file", type=Path, metavar="CSV", help="terminal,epoch,seq")
    restored = actions.add_parser("restored", help="declare that the store came from a backup")
    restored.add_argument(
        "--after", type=int, default=0, metavar="N", help="go on above this centre epoch, which terminals say they know"
    )
    restored.add_argument(
        "--clock-is-right", action="store_true", help="you have looked: the times in the backup are what is odd"
    )
    configure_code(
        actions.add_parser("code", help="`code issue`: make an offline code; `code key new`: a key for them")
    )
    for part in (central_load, central_trust, central_files, *ASKING):
        part.configure(actions)


def _add_listening(parser: argparse.ArgumentParser) -> None:
    absent = argparse.SUPPRESS
    listen = f"or unix:PATH for a proxy here; plain HTTP only on loopback (default {DEFAULT_LISTEN})"
    parser.add_argument("--listen", default=absent, metavar="HOST:PORT", help=listen)
    asked = "terminals must show a certificate by one of these, PEM; `central ca init` makes STATE/ca/clients.pem"
    parser.add_argument("--client-ca", type=Path, default=absent, metavar="FILE", help=asked)
    crl = "revoked certificates of an authority of your own, PEM; read again when it is replaced"
    parser.add_argument("--client-crl", type=Path, default=absent, metavar="FILE", help=crl)
    parser.add_argument("--tls-certificate", type=Path, default=absent, metavar="FILE", help="certificate chain, PEM")
    parser.add_argument("--tls-key", type=Path, default=absent, metavar="FILE", help="its private key, PEM")
    told = "tell every request and event on the standard error output, one JSON object a line"
    parser.add_argument("--log-json", action="store_true", default=absent, help=told)
    watched = "tell this machine figures and signs of life at 127.0.0.1:PORT: /metrics, /livez, /readyz"
    parser.add_argument("--operations", type=port, default=absent, metavar="PORT", help=watched)
    fleet = "serve the fleet pages for people there too, plain HTTP: loopback, or a proxy with TLS before it"
    parser.add_argument("--fleet", default=absent, metavar="HOST:PORT", help=fleet)
    origin = "how browsers call that proxy: https://NAME or https://NAME:PORT"
    parser.add_argument("--fleet-origin", default=absent, metavar="ORIGIN", help=origin)


def _add_places(parser: argparse.ArgumentParser) -> None:
    absent = argparse.SUPPRESS
    parser.add_argument(
        "--state", type=Path, metavar="DIR", default=absent, help=f"keys and socket (default {DEFAULT_STATE})"
    )
    store = "the store: sqlite:PATH (default STATE/central.db) or postgresql://USER@HOST/NAME"
    parser.add_argument("--database", "--db", dest="database", metavar="ADDRESS", default=absent, help=store)
    password = f"holds the password of the database's user (default the service manager's credential {PASSWORD_NAME})"
    parser.add_argument("--database-password", type=Path, metavar="FILE", default=absent, help=password)
    parser.add_argument("--json", action="store_true", default=absent, help="print one JSON object with stable keys")


def run(arguments: argparse.Namespace) -> int:
    """Serve, or do the action."""
    if arguments.action == "code":
        return int(importlib.import_module("edge.cli.code_issue").run_code(arguments))
    wiring = importlib.import_module("edge.wiring_central")  # loads an HTTP library: only when it is called
    log_json = getattr(arguments, "log_json", False)
    options = wiring.CentralOptions(
        *_places(arguments),
        front=_front(arguments, wiring),
        client_crl=getattr(arguments, "client_crl", None),
        credentials=credentials_folder(),
        log_json=log_json,
        operations_port=getattr(arguments, "operations", None),
        fleet=_fleet(arguments, wiring),
    )
    if arguments.action == "load":
        return central_load.run(arguments, wiring, options)
    if arguments.action in central_trust.ACTIONS:
        return central_trust.run(arguments, options.state, lambda verb, asked: wiring.ask_central(options, verb, asked))
    for part in ASKING:
        if arguments.action in part.ACTIONS:
            return int(part.run(arguments, lambda verb, asked: wiring.ask_central(options, verb, asked)))
    if arguments.action in central_files.ACTIONS:
        return central_files.run(arguments, options.state, lambda work: wiring.at_central(options, work))
    if arguments.action in (None, "serve"):
        return int(wiring.run_central(options))
    if arguments.action == "courier":
        return _courier(arguments, wiring, options)
    answer: dict[str, Any] = wiring.ask_central(options, arguments.action, _asked(arguments))
    return _told(arguments, answer)


def _places(arguments: argparse.Namespace) -> tuple[Path, str, Path | None]:
    """Return the state folder, the store's address, and the file of its password."""
    state: Path = getattr(arguments, "state", DEFAULT_STATE)
    database: str = getattr(arguments, "database", f"sqlite:{state / 'central.db'}")
    folder = credentials_folder()
    credential = folder / PASSWORD_NAME if folder is not None and (folder / PASSWORD_NAME).exists() else None
    return state, database, getattr(arguments, "database_password", credential)


def _front(arguments: argparse.Namespace, wiring: ModuleType) -> object:
    """Return where to listen: ``HOST:PORT``, or ``unix:PATH`` for a proxy on this machine."""
    listen = str(getattr(arguments, "listen", DEFAULT_LISTEN))
    names = {"certificate": "tls_certificate", "certificate_key": "tls_key", "client_ca": "client_ca"}
    tls = {field: getattr(arguments, name, None) for field, name in names.items()}
    if listen.startswith(UNIX):
        return wiring.Front(socket=Path(listen.removeprefix(UNIX)), **tls)
    return wiring.Front(*_host_and_port(listen, "--listen", " or unix:PATH"), **tls)


def _fleet(arguments: argparse.Namespace, wiring: ModuleType) -> object:
    """Return where the fleet pages listen, None where they are not asked for."""
    listen, origin = getattr(arguments, "fleet", ""), getattr(arguments, "fleet_origin", "")
    if not listen:
        if origin:
            raise ConfigError("CONFIG_VALUE", "--fleet-origin goes with --fleet")
        return None
    return wiring.FleetFront(*_host_and_port(listen, "--fleet"), origin)


def port(text: str) -> int:
    """Read the number of a port."""
    if not text.isdecimal() or int(text) > PORT_MAX:
        raise ValueError(text)
    return int(text)


def _host_and_port(listen: str, option: str, also: str = "") -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > PORT_MAX:
        raise ConfigError("CONFIG_VALUE", f"{option} has the form HOST:PORT (0 to {PORT_MAX}){also}")
    return host.strip("[]"), int(port)


def _asked(arguments: argparse.Namespace) -> dict[str, object]:
    """Return the action's arguments as the centre takes them."""
    match arguments.action:
        case "token":
            return {"terminal": arguments.terminal or f"T-{SystemIds().random_bytes(4).hex()}"}
        case "publish":
            return {**_publishing().publications(arguments.names, SystemClock().wall_ms()), "group": arguments.to}
        case name if name in OF_A_DAY:
            return {"day": arguments.day}
        case "restored":
            return {"after": arguments.after, "clock_is_right": arguments.clock_is_right}
        case "lease" | "refused":
            return {"table": _publishing().read_text(arguments.file)}
        case "enrol":
            return {"request": _read(arguments.file).hex()}
    return {}


def _publishing() -> ModuleType:
    """Return what reads people's files and shipped bundles: who serves has no use for it."""
    return importlib.import_module("edge.cli.publishing")


def _courier(arguments: argparse.Namespace, wiring: ModuleType, options: object) -> int:
    courier = importlib.import_module("edge.cli.central_courier").courier
    outcome = wiring.at_central(options, lambda ask: courier(ask, arguments.way, arguments.path))
    if getattr(arguments, "json", False):
        print_json(outcome.facts)
    else:
        print("\n".join(outcome.lines))
    return int(outcome.code)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{path}: {error.strerror}") from error


def _told(arguments: argparse.Namespace, answer: dict[str, Any]) -> int:
    if arguments.action == "enrol":
        kit = arguments.file.with_suffix(".kit")
        kit.write_bytes(bytes.fromhex(answer["kit"]))
        answer = {"kit": str(kit)}
    if getattr(arguments, "json", False):
        print_json(answer)
    elif arguments.action in LINES:
        lines = getattr(importlib.import_module("sync.central.cli"), LINES[arguments.action])(answer)
        print("\n".join(lines))
    else:
        print(*(value if isinstance(value, str) else json.dumps(value) for value in answer.values()))
    return 0 if answer.get("balanced", True) else EXIT_UNBALANCED
