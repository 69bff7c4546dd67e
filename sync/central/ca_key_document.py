"""The keys of bank cards as acquirers list them (JSON or TOML) -> the value that terminals take.

An object with the lists ``rsa`` and ``sm2``, as a terminal reads it from its own file, and ``revoked``: RID, index and
serial number of each certificate, nine bytes in hexadecimal. An entry's other members are commentary.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from edge.domain.ca_keys import RID_BYTES, CaKeys, RevokedIssuer, RsaCaKey, Sm2CaKey
from edge.domain.errors import ConfigError

KEYS: Final = {"kind", "about", "rsa", "sm2", "revoked"}


def ca_keys(tree: Mapping[str, Any]) -> CaKeys:
    """Return the keys in a list; raises ``CONFIG_KEY`` or ``CONFIG_VALUE``, and ValueError for one out of bounds."""
    if unknown := sorted(set(tree) - KEYS):
        raise ConfigError("CONFIG_KEY", f"unknown key {unknown[0]}; known are {', '.join(sorted(KEYS))}")
    return CaKeys(
        tuple(
            RsaCaKey(
                entry.hexadecimal("rid"),
                entry.hexadecimal("index"),
                entry.text("kind"),
                entry.hexadecimal("modulus"),
                entry.hexadecimal("exponent"),
                entry.hexadecimal("sha1"),
                entry.text("expires"),
            )
            for entry in _entries(tree, "rsa")
        ),
        tuple(
            Sm2CaKey(
                entry.hexadecimal("rid"),
                entry.hexadecimal("index"),
                entry.text("kind"),
                entry.hexadecimal("public_key"),
                entry.text("expires"),
            )
            for entry in _entries(tree, "sm2")
        ),
        tuple(_revoked(packed) for packed in _list(tree, "revoked")),
    )


class Entry:
    """One entry of a list, and where it stands."""

    def __init__(self, where: str, members: object) -> None:
        if not isinstance(members, Mapping):
            raise ConfigError("CONFIG_VALUE", f"{where} is no object")
        self._where, self._members = where, members

    def text(self, name: str) -> str:
        """Return a member, empty where it is absent."""
        return str(self._members.get(name, ""))

    def hexadecimal(self, name: str) -> bytes:
        """Return the bytes of a member; raises ``CONFIG_VALUE`` where it has none."""
        return _bytes(self.text(name), f"{self._where}: {name}")


def _entries(tree: Mapping[str, Any], name: str) -> list[Entry]:
    return [Entry(f"{name} {number}", members) for number, members in enumerate(_list(tree, name), 1)]


def _list(tree: Mapping[str, Any], name: str) -> list[Any]:
    value = tree.get(name, [])
    if not isinstance(value, list):
        raise ConfigError("CONFIG_VALUE", f"{name} is a list")
    return value


def _revoked(packed: object) -> RevokedIssuer:
    raw = _bytes(str(packed), "revoked")
    return RevokedIssuer(raw[:RID_BYTES], raw[RID_BYTES : RID_BYTES + 1], raw[RID_BYTES + 1 :])


def _bytes(text: str, where: str) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if not raw:
        raise ConfigError("CONFIG_VALUE", f"{where} is missing or not hexadecimal")
    return raw
