"""Who may act at the till: ids, roles and hashed PINs in one credential file. No names.

``till-staff.json`` holds ``{"staff": {id: {"role", "salt", "hash"}}}``; the hash is scrypt (RFC 7914) of the PIN. A PIN
is short: the file is a credential, readable by its owner alone.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from edge.crypto.pins import hashed
from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from edge.domain.staff import SALT_BYTES, STAFF, Role

__all__ = ["FILE_NAME", "SALT_BYTES", "Role", "StaffRow", "fits", "hashed", "load_staff", "new_row", "save_staff"]

FILE_NAME: Final = "till-staff.json"
PIN_DIGITS: Final = range(4, 13)


@frozen
class StaffRow:
    """One person by id; salt and hash in hexadecimal."""

    role: str
    salt: str
    hash: str


def new_row(pin: str, role: Role, salt: bytes) -> StaffRow:
    """Return the row of somebody new; raises ``CONFIG_VALUE`` for a PIN that is none."""
    if not pin.isascii() or not pin.isdecimal() or len(pin) not in PIN_DIGITS:
        raise ConfigError("CONFIG_VALUE", f"a PIN has {PIN_DIGITS.start} to {PIN_DIGITS.stop - 1} digits")
    return StaffRow(role.value, salt.hex(), hashed(pin, salt).hex())


def fits(row: StaffRow | None, pin: str) -> bool:
    """Say whether a PIN is that of a row; takes as long where there is no row."""
    salt = bytes(SALT_BYTES) if row is None else bytes.fromhex(row.salt)
    found = hashed(pin, salt)
    return row is not None and hmac.compare_digest(found, bytes.fromhex(row.hash))


def load_staff(path: Path) -> dict[str, StaffRow]:
    """Return everybody; nobody where there is no file.

    Raises ``KEY_UNUSABLE`` where others may read it, ``CONFIG_UNREADABLE`` where it is none.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError("KEY_UNUSABLE", f"{path}: others may read it")
        tree = json.loads(path.read_text("utf-8"))
        return {str(name): _row(path, name, row) for name, row in tree["staff"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{path}: {type(error).__name__}") from error


def _row(path: Path, name: object, row: Mapping[str, str]) -> StaffRow:
    read = StaffRow(**row)
    if not isinstance(name, str) or not STAFF.fullmatch(name) or read.role not in set(Role):
        raise ConfigError("CONFIG_VALUE", f"{path}: a row that is nobody's")
    bytes.fromhex(read.salt + read.hash)
    return read


def save_staff(path: Path, staff: Mapping[str, StaffRow]) -> None:
    """Write everybody, whole or not at all; raises ``STORE_IO`` or ``STORE_FULL``."""
    from edge.crypto.signing import write_secret  # noqa: PLC0415 - a library of ciphers, which the pages never need

    tree = {"staff": {name: asdict(row) for name, row in sorted(staff.items())}}
    write_secret(path, json.dumps(tree, indent=1).encode())
