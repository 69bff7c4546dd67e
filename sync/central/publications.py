"""What people write (TOML) -> what is published: the first flat fare and the deny list."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any, Final

from edge.crypto.tokens import TokenKey
from edge.domain.errors import ConfigError
from edge.domain.medium import CardNumber
from edge.domain.policy import FlatFare, Limits, Passback, TariffBody
from edge.domain.tap import TOKEN_BYTES
from sync.central.artifacts import Publication
from sync.wire import encode

TARIFF_KEYS: Final = {
    "kind",
    "id",
    "fare_fen",
    "foreign_fen",
    "passback",
    "passback_window_s",
    "home_city",
    "utc_offset_min",
    "limits",
}
DENY_KEYS: Final = {"kind", "scheme", "numbers", "tokens"}


def read_publication(text: str, token_key: TokenKey) -> Publication:
    """Return the publication in a TOML document with ``kind = "tariff"`` or ``"deny_list"``.

    Raises ``CONFIG_UNREADABLE``, ``CONFIG_KEY`` or ``CONFIG_VALUE``.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("CONFIG_UNREADABLE", str(error)) from error
    match table.get("kind"):
        case "tariff":
            return Publication("tariff", "tariff", encode(_tariff(table)))
        case "deny_list":
            return Publication("deny_list", "deny_list", _deny_body(table, token_key))
        case kind:
            raise ConfigError("CONFIG_VALUE", f"kind is tariff or deny_list, not {kind!r}")


def _tariff(table: Mapping[str, Any]) -> TariffBody:
    _known(table, TARIFF_KEYS)
    foreign = table.get("foreign_fen")
    try:
        passback = Passback(table.get("passback", Passback.COMPANION))
        limits = Limits(**{key: _amount(value, key) for key, value in table.get("limits", {}).items()})
    except (ValueError, TypeError) as error:
        raise ConfigError("CONFIG_VALUE", str(error)) from error
    fare = FlatFare(
        _text(table, "id"),
        _amount(table.get("fare_fen"), "fare_fen"),
        None if foreign is None else _amount(foreign, "foreign_fen"),
        passback,
        _amount(table.get("passback_window_s", 0), "passback_window_s"),
    )
    if fare.fare_fen > limits.fare_fen_max or (fare.foreign_fen or 0) > limits.fare_fen_max:
        raise ConfigError("CONFIG_VALUE", f"a fare lies above limits.fare_fen_max ({limits.fare_fen_max})")
    return TariffBody(
        fare, _text(table, "home_city"), limits, _amount(table.get("utc_offset_min", 480), "utc_offset_min")
    )


def _deny_body(table: Mapping[str, Any], token_key: TokenKey) -> bytes:
    """Return the sorted tokens, 16 bytes each; numbers are turned into tokens here and kept nowhere."""
    _known(table, DENY_KEYS)
    scheme = table.get("scheme", "tunion")
    try:
        tokens = {bytes.fromhex(text) for text in table.get("tokens", [])}
    except (ValueError, TypeError):
        raise ConfigError("CONFIG_VALUE", "tokens are hexadecimal") from None
    numbers = table.get("numbers", [])
    if not all(isinstance(number, str) and number.isdecimal() for number in numbers):
        raise ConfigError("CONFIG_VALUE", "numbers are strings of digits")
    tokens |= {token_key.token(scheme, CardNumber(number)) for number in numbers}
    if any(len(token) != TOKEN_BYTES for token in tokens):
        raise ConfigError("CONFIG_VALUE", f"a token has {TOKEN_BYTES} bytes")
    return b"".join(sorted(tokens))


def _known(table: Mapping[str, Any], keys: set[str]) -> None:
    unknown = sorted(set(table) - keys)
    if unknown:
        raise ConfigError("CONFIG_KEY", f"unknown key {unknown[0]!r}; known are {', '.join(sorted(keys))}")


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise ConfigError("CONFIG_VALUE", f"{key} is missing or not text")
    return value


def _amount(value: object, key: str) -> int:
    if type(value) is not int or value < 0:
        raise ConfigError("CONFIG_VALUE", f"{key} is missing or not a whole number from 0 on")
    return value
