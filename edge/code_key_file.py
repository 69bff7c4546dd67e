"""Keys of code issuers in a TOML file, for terminals to which no list of them has come yet.

    [[key]]
    scheme = "onecard"
    id = "6ae18be1"
    algorithm = "ed25519"
    public = "..."
    issuer = "canteen"
    from = 2026-01-01T00:00:00Z
    until = 2031-01-01T00:00:00Z
    test = false

``from`` and ``until`` may be left out: no such bound.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from edge.domain.code_keys import PUBLIC_BYTES, CodeAlgorithm, CodeKey
from edge.domain.errors import ConfigError

FIELDS: Final = frozenset({"scheme", "id", "algorithm", "public", "issuer", "from", "until", "test"})
OPTIONAL: Final = frozenset({"from", "until", "test"})
FOREVER_MS: Final = 1 << 47


def load_code_keys(path: Path) -> tuple[CodeKey, ...]:
    """Return the keys of a file; raises ``CONFIG_UNREADABLE`` or ``KEY_UNUSABLE`` naming the key."""
    try:
        tree = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{path}: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{path}: {error}") from error
    try:
        return keys_in(tree)
    except ConfigError as error:
        raise ConfigError(error.code, f"{path}: {error.args[0]}") from error


def keys_in(tree: Mapping[str, Any]) -> tuple[CodeKey, ...]:
    """Return the keys in a tree of TOML; raises ``CONFIG_UNREADABLE`` or ``KEY_UNUSABLE`` naming the key."""
    rows = tree.get("key", [])
    if set(tree) - {"key"} or not isinstance(rows, list):
        raise ConfigError("CONFIG_UNREADABLE", "only tables [[key]] stand in it")
    return tuple(_key(number, row) for number, row in enumerate(rows, 1))


def key_text(keys: Sequence[CodeKey]) -> str:
    """Return keys as such a file has them."""
    return "\n".join(_row(key) for key in keys)


def _row(key: CodeKey) -> str:
    lines = [
        "[[key]]",
        f'scheme = "{key.scheme}"',
        f'id = "{key.key_id.hex()}"',
        f'algorithm = "{key.algorithm}"',
        f'public = "{key.public.hex()}"',
        f'issuer = "{key.issuer}"',
    ]
    if key.from_ms:
        lines.append(f"from = {_moment(key.from_ms)}")
    if key.until_ms != FOREVER_MS:
        lines.append(f"until = {_moment(key.until_ms)}")
    if key.test:
        lines.append("test = true")
    return "\n".join(lines) + "\n"


def _moment(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _key(number: int, row: Any) -> CodeKey:  # noqa: ANN401 - whatever TOML holds
    place = f"key {number}"
    if not isinstance(row, dict) or not FIELDS - OPTIONAL <= set(row) <= FIELDS:
        raise ConfigError("KEY_UNUSABLE", f"{place} has not exactly the fields of a key")
    try:
        algorithm = CodeAlgorithm(row["algorithm"])
        key_id, public = bytes.fromhex(row["id"]), bytes.fromhex(row["public"])
    except (ValueError, TypeError) as error:
        raise ConfigError("KEY_UNUSABLE", f"{place}: algorithm, id or public: {error}") from error
    if len(public) != PUBLIC_BYTES[algorithm]:
        raise ConfigError("KEY_UNUSABLE", f"{place}: a key of {algorithm} has {PUBLIC_BYTES[algorithm]} bytes")
    scheme, issuer, test = row["scheme"], row["issuer"], row.get("test", False)
    if not isinstance(scheme, str) or not isinstance(issuer, str) or not isinstance(test, bool):
        raise ConfigError("KEY_UNUSABLE", f"{place}: scheme and issuer are texts, test is true or false")
    from_ms, until_ms = _time_ms(place, row, "from", 0), _time_ms(place, row, "until", FOREVER_MS)
    return CodeKey(scheme, key_id, algorithm, public, issuer, from_ms, until_ms, test)


def _time_ms(place: str, row: Mapping[str, Any], name: str, otherwise: int) -> int:
    value = row.get(name)
    if value is None:
        return otherwise
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ConfigError("KEY_UNUSABLE", f"{place}: {name} is a moment with its time zone, 2026-01-01T00:00:00Z")
    return int(value.timestamp() * 1000)
