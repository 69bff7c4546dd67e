"""``onecard enrol``: keys and an epoch grant for this terminal, over HTTP or by files carried by hand."""

from __future__ import annotations

import argparse
import importlib
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from edge.cli.credentials import credentials_folder
from edge.cli.locate import add_location_options, locate
from edge.cli.output import add_json_option, show
from edge.domain.errors import ConfigError

if TYPE_CHECKING:
    from edge.cli.locate import Located
    from edge.domain.exchange import Grant
    from sync.kit import EnrolmentToken

HELP = "enrol this terminal: URL --token T, --from DIR --token T, or --spare; --csr"
EXIT_NOTHING: Final = 3
TIMEOUT_S: Final = 30.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("url", nargs="?", default="", metavar="URL", help="address of the centre")
    parser.add_argument("--token", metavar="T", help="one-time token, printed by `onecard central token new`")
    parser.add_argument("--from", dest="folder", type=Path, metavar="DIR", help="exchange request and kit as files")
    parser.add_argument("--spare", action="store_true", help="put the spare grant into force (salvage)")
    parser.add_argument("--csr", type=Path, metavar="FILE", help="ask your own authority for a certificate: PKCS #10")
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="install its answer, a chain in PEM")
    parser.add_argument("--credentials", type=Path, metavar="DIR", help="where token key and certificate are kept")
    parser.add_argument("--ca-file", type=Path, metavar="FILE", help="the authority of the centre's certificate, PEM")
    add_location_options(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Enrol; exit 3 where a request was written and its answer is still to be brought."""
    located = locate(arguments)
    state = located.paths.state
    credentials = arguments.credentials or credentials_folder() or _credentials(located)
    if arguments.spare:
        with _as_owner(state):
            return _told(arguments, importlib.import_module("sync.enrolment").activate_spare(state))
    if arguments.csr or arguments.certificate:
        return _by_own_authority(arguments, state, credentials)
    if not arguments.token or bool(arguments.url) is bool(arguments.folder):
        raise ConfigError("CONFIG_VALUE", "say URL --token T, or --from DIR --token T, or --spare")
    token = importlib.import_module("sync.kit").parse_token(arguments.token)
    if arguments.folder:
        return _by_hand(arguments, token, state, credentials)
    wiring = importlib.import_module("edge.wiring_sync")  # loads an HTTP library: only when it is called
    ca_file = arguments.ca_file or _ca_file(located)
    with _as_owner(state):
        grant = wiring.run_enrol(arguments.url, ca_file, TIMEOUT_S, token, state, credentials)
        return _told(arguments, grant, *_without_certificate(credentials))


def _as_owner(state: Path) -> AbstractContextManager[None]:
    """Let root act as the service: what it writes here, the service must be able to open."""
    if not state.exists():
        return nullcontext()
    stopped_terminal = importlib.import_module("edge.cli.stopped_terminal")
    return cast("AbstractContextManager[None]", stopped_terminal.as_owner(state))


def _by_hand(arguments: argparse.Namespace, token: EnrolmentToken, state: Path, credentials: Path) -> int:
    enrolment = importlib.import_module("sync.enrolment")
    random_bytes = importlib.import_module("edge.clock").SystemIds().random_bytes
    with _as_owner(state):
        grant = enrolment.install_carried_kit(arguments.folder, token, state, credentials)
        if grant is not None:
            return _told(arguments, grant, *_without_certificate(credentials))
        request = enrolment.prepare_request(token, state, credentials, random_bytes)
    path = arguments.folder / f"{token.terminal}.request"
    path.write_bytes(request)
    next_step = f"take {path} to the centre, `onecard central enrol`, and bring the .kit file back"
    show(arguments, {"request": str(path)}, [next_step])
    return EXIT_NOTHING


def _by_own_authority(arguments: argparse.Namespace, state: Path, credentials: Path) -> int:
    """Write a request for a transport certificate, or install the answer: the centre issues none."""
    files = importlib.import_module("sync.enrolment").transport_files(credentials)
    terminal = importlib.import_module("sync.enrolment_files").enrolled_terminal(state)
    if arguments.certificate is not None:
        with _as_owner(state):
            facts = files.install(_read(arguments.certificate), terminal).facts
        line = f"{terminal} has certificate {facts.serial}; restart onecard-sync to use it"
        show(arguments, {"terminal": terminal, "certificate": facts.serial, "until_ms": facts.until_ms}, [line])
        return 0
    with _as_owner(state):
        request = files.request(terminal)
    arguments.csr.write_bytes(request)
    next_step = f"have {arguments.csr} signed, then `onecard enrol --certificate FILE`"
    show(arguments, {"request": str(arguments.csr)}, [next_step])
    return EXIT_NOTHING


def _without_certificate(credentials: Path) -> list[str]:
    """Return what is left to do where a certificate was asked for and none came."""
    waits = importlib.import_module("sync.enrolment").transport_files(credentials).next_key.exists()
    return ["the centre issues no certificates; where it asks for one: `onecard enrol --csr FILE`"] if waits else []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{path}: {error.strerror}") from error


def _told(arguments: argparse.Namespace, grant: Grant, *more: str) -> int:
    facts = {"terminal": grant.terminal, "epoch": grant.epoch, "spare": grant.spare}
    line = f"enrolled as {grant.terminal}, epoch {grant.epoch}{' (spare)' if grant.spare else ''}"
    show(arguments, facts, [line, *more])
    return 0


def _credentials(located: Located) -> Path:
    """Return the configured folder; with a bare ``--state`` they stay outside the state folder, beside it."""
    if located.config is not None:
        return located.config.paths.credentials
    return located.paths.state.with_name(located.paths.state.name + "-credentials")


def _ca_file(located: Located) -> Path | None:
    if located.config is None or not located.config.centre.ca_file.name:
        return None
    return located.config.centre.ca_file
