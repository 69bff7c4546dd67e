"""``onecard central ca`` and ``onecard central terminal``: certificates of the transport, and who is let in."""

from __future__ import annotations

import argparse
import importlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from edge.cli.central_asking import Ask, tell, unknown_lines
from edge.clock import SystemClock
from edge.crypto.signing import write_durably, write_secret
from edge.domain.errors import ConfigError

ACTIONS: Final = ("ca", "terminal")
Facts = dict[str, Any]


def configure(actions: Any) -> None:  # noqa: ANN401 - argparse names no public type for it
    """Add both actions."""
    verbs = _verbs(actions.add_parser("ca", help="certificates: `ca init`, `issue`, `revoke`, `list`, `crl`"))
    init = verbs.add_parser("init", help="make a root and an issuing key; put the root away afterwards")
    init.add_argument("--name", default="One-Card", metavar="NAME", help="what the authority is called")
    issue = verbs.add_parser("issue", help="issue for a server, or for a request that came as a file")
    whose = issue.add_mutually_exclusive_group(required=True)
    whose.add_argument("--server", action="append", metavar="HOST", help="a server's name; may be said again")
    whose.add_argument("--terminal", metavar="NAME", help="a terminal, with --csr")
    issue.add_argument("--csr", type=Path, metavar="FILE", help="a request, PEM (a server's key is made if absent)")
    issue.add_argument("--out", type=Path, metavar="DIR", default=Path(), help="where to write (default: here)")
    verbs.add_parser("revoke", help="let nobody in by this certificate").add_argument("number", metavar="NUMBER")
    verbs.add_parser("list", help="print all certificates")
    crl = verbs.add_parser("crl", help="print the signed list of revoked certificates, for a proxy")
    crl.add_argument("--out", type=Path, metavar="FILE", help="write it there instead")
    ruling = _verbs(actions.add_parser("terminal", help="terminals: `terminal list`, `revoke NAME`, `restore NAME`"))
    for verb, told in (("revoke", "shut a terminal out; what it sends is kept aside"), ("restore", "let it in again")):
        parser = ruling.add_parser(verb, help=told)
        parser.add_argument("terminal", metavar="NAME")
        parser.add_argument("--reason", default="", metavar="TEXT", help="kept with it")
    ruling.add_parser("list", help="print all terminals")


def _verbs(parser: argparse.ArgumentParser) -> Any:  # noqa: ANN401 - as above
    return parser.add_subparsers(dest="verb", metavar="VERB", required=True)


def run(arguments: argparse.Namespace, state: Path, ask: Ask) -> int:
    """Do it; raises coded errors."""
    facts, lines = _done(arguments, state, ask)
    return tell(arguments, facts, lines)


def _done(arguments: argparse.Namespace, state: Path, ask: Ask) -> tuple[Facts, list[str]]:
    match arguments.action, arguments.verb:
        case "ca", "init":
            return _init(arguments.name, state)
        case "ca", "issue":
            return _issue(arguments, ask)
        case "ca", "revoke":
            told = ask("ca.revoke", {"number": arguments.number})
            return told, [f"{told['number']} of {told['subject']} is revoked; give proxies the new `ca crl`"]
        case "ca", "list":
            told = ask("ca.list", {})
            return told, [_certificate_line(held) for held in told["certificates"]] or ["none was issued here"]
        case "ca", "crl":
            return _crl(arguments.out, ask)
        case "terminal", "list":
            told = ask("terminal.list", {})
            return told, [_terminal_line(known) for known in told["terminals"]] or ["none is enrolled"]
        case _, verb:
            told = ask(f"terminal.{verb}", {"terminal": arguments.terminal, "reason": arguments.reason})
            return told, [_ruling_line(told), *unknown_lines(told)]


def _init(name: str, state: Path) -> tuple[Facts, list[str]]:
    authority = importlib.import_module("sync.central.authority")
    folder = state / authority.FOLDER
    authority.make_authority(folder, name, SystemClock().wall_ms())
    facts = {"folder": str(folder), "root": str(folder / "root.pem"), "clients": str(folder / "clients.pem")}
    lines = [
        f"{folder}: a root and an issuing key; take root.key off this machine and keep it safe",
        f"terminals: `onecard enrol --ca-file root.pem`; the centre: --client-ca {folder / 'clients.pem'}",
    ]
    return facts, lines


def _issue(arguments: argparse.Namespace, ask: Ask) -> tuple[Facts, list[str]]:
    """Have a certificate issued and write it beside the key, which is made here where no request came."""
    certificates = importlib.import_module("edge.crypto.certificates")
    if arguments.terminal and arguments.csr is None:
        raise ConfigError("CONFIG_VALUE", "--terminal needs --csr: a terminal's key is made on the terminal")
    name = arguments.terminal or arguments.server[0]
    key = b"" if arguments.csr is not None else certificates.new_transport_key()
    request = certificates.transport_request(key, name) if key else _read(arguments.csr)
    asked = {"request": request.decode("ascii", "replace"), "terminal": name, "servers": arguments.server or []}
    told = ask("ca.issue", asked)
    chain = arguments.out / f"{name}.pem"
    if key:
        write_secret(arguments.out / f"{name}.key", key)
    write_durably(chain, told.pop("chain").encode())
    told["file"] = str(chain)
    return told, [f"{chain}: certificate {told['number']}, until {_day(told['until_ms'])}"]


def _crl(out: Path | None, ask: Ask) -> tuple[Facts, list[str]]:
    told = ask("ca.crl", {})
    if out is None:
        return told, [str(told["crl"]).rstrip()]
    write_durably(out, str(told["crl"]).encode())
    return {"file": str(out)}, [str(out)]


def _certificate_line(held: Facts) -> str:
    ended = f"revoked {_day(held['revoked_ms'])}" if held["revoked_ms"] else f"until {_day(held['until_ms'])}"
    return f"{held['subject']:32}  {held['number']:40}  {ended}"


def _terminal_line(known: Facts) -> str:
    aside = f", {known['kept_batches']} batches kept aside" if known["kept_batches"] else ""
    stands = f"shut out {_day(known['ruled_ms'])} {known['reason']}{aside}" if known["revoked"] else "let in"
    return f"{known['terminal']:32}  {stands}"


def _ruling_line(told: Facts) -> str:
    if told["revoked"]:
        return f"{told['terminal']} is shut out; all that it sends is kept aside"
    received = f"; {len(told['received'])} batches kept aside are received" if told["received"] else ""
    return f"{told['terminal']} is let in again{received}; enrol it anew, for it sells no more into its old journal"


def _day(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms // 1000, UTC).date().isoformat()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{path}: {error.strerror}") from error
