"""``onecard till``: the pages for staff and diner, or a passenger's; ``till staff add`` and ``till pin`` read PINs."""

from __future__ import annotations

import argparse
import getpass
import importlib
import sys
from pathlib import Path
from typing import Final

from edge.cli.locate import CONFIG_FILE, read_config
from edge.cli.output import add_json_option, show
from edge.clock import SystemIds
from edge.domain.errors import ConfigError
from edge.domain.staff import STAFF
from edge.till.staff_file import FILE_NAME, SALT_BYTES, Role, load_staff, new_row, save_staff

HELP = "serve the till's pages on loopback; `till staff add ID` sets a PIN"

DEFAULT_LISTEN: Final = "127.0.0.1:8460"
PORT_MAX: Final = 65_535


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help=f"configuration of the terminal (default {CONFIG_FILE})"
    )
    parser.add_argument("--listen", default=DEFAULT_LISTEN, metavar="HOST:PORT", help="loopback alone; port 0: any")
    parser.add_argument("--passenger", action="store_true", help="serve the screen of a vehicle or gate instead")
    add_json_option(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    pin = actions.add_parser("pin", help="hash a PIN for a list of registered codes that the centre publishes")
    pin.add_argument("--salt", metavar="HEX", help="that of the diner, for a relative who collects; absent: a new one")
    staff = actions.add_parser("staff", help="`staff add ID`: set role and PIN; `staff remove ID`")
    staff.add_argument("change", choices=["add", "remove"], help="`add` asks for the PIN")
    staff.add_argument("id", metavar="ID", help="lower-case letters and digits; never a name")
    staff.add_argument(
        "--role", choices=[role.value for role in Role], default=Role.CASHIER.value, help="default cashier"
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until the service manager or Ctrl-C ends it; or change who may act; or hash a PIN."""
    if arguments.action == "pin":
        return _hash(arguments)
    config = read_config(arguments.config or CONFIG_FILE)
    if arguments.action == "staff":
        return _change(arguments, config.paths.credentials / FILE_NAME)
    wiring = importlib.import_module("edge.wiring_till")  # loads an HTTP library: only when it is called
    return int(wiring.run_till(wiring.options_of(config, *_listen(arguments.listen), passenger=arguments.passenger)))


def _listen(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > PORT_MAX:
        raise ConfigError("CONFIG_VALUE", f"--listen is HOST:PORT, not {text}")
    return host, int(port)


def _change(arguments: argparse.Namespace, path: Path) -> int:
    name = str(arguments.id)
    if not STAFF.fullmatch(name):
        raise ConfigError("CONFIG_VALUE", "an id has 1 to 16 lower-case letters, digits or hyphens")
    staff = load_staff(path)
    if arguments.change == "remove":
        staff.pop(name, None)
    else:
        staff[name] = new_row(_pin(), Role(arguments.role), SystemIds().random_bytes(SALT_BYTES))
    save_staff(path, staff)
    show(arguments, {"staff": sorted(staff)}, [f"{len(staff)} may act at this till: {', '.join(sorted(staff))}"])
    return 0


def _hash(arguments: argparse.Namespace) -> int:
    """Print salt and hash of a PIN as a table of registered codes has them."""
    try:
        salt = bytes.fromhex(arguments.salt or "") or SystemIds().random_bytes(SALT_BYTES)
    except ValueError:
        salt = b""
    if len(salt) != SALT_BYTES:
        raise ConfigError("CONFIG_VALUE", f"--salt is {SALT_BYTES} bytes in hexadecimal")
    row = new_row(_pin(), Role.CASHIER, salt)
    show(arguments, {"pin_salt": row.salt, "pin_hash": row.hash}, [f"{row.salt},{row.hash}"])
    return 0


def _pin() -> str:
    """Read a PIN: hidden at a keyboard, one line from a pipe; never from the command line, where others see it."""
    return getpass.getpass("PIN: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
