"""What people write (TOML, JSON, CSV) -> what is published: fares, limits, lists, values. Bundles come compiled."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from edge.crypto.tokens import TokenKey
from edge.domain.errors import ConfigError, PolicyError
from edge.domain.medium import CardNumber
from edge.domain.policy import Limits
from edge.domain.shown import PURSE_SCHEME
from edge.domain.tap import TOKEN_BYTES
from edge.domain.tariff.flat import ALSO, flat_tree
from sync.central.artifacts import Publication
from sync.central.limits_document import limits_of
from sync.central.person_tables import TABLES, csv_table, is_csv, toml_table
from sync.central.value_documents import VALUE_DOCUMENTS, kind_of, value_publication
from sync.deny_form import DENY_KIND
from sync.tariff_wire import TARIFF_KIND, decode_tariff, encode_tariff
from sync.wire import encode

FLAT_KEYS: Final = {"kind", "id", "fare_fen", "foreign_fen", "passback", "passback_window_s", "also"}
PASSBACK: Final = ("companion", "duplicate")
DENY_KEYS: Final = {"kind", "family", "scheme", "numbers", "tokens", "file"}
FAMILIES: Final = ("purse", "bank_card", "code", "identity", "manual")


def read_publication(text: str, token_key: TokenKey) -> Publication:
    """Return the publication in a TOML or JSON document of a known kind, or in a CSV table.

    Raises ``CONFIG_UNREADABLE``, ``CONFIG_KEY``, ``CONFIG_VALUE`` or, for a key that is none, ``KEY_UNUSABLE``.
    """
    if is_csv(text):
        return csv_table(text, token_key)
    table = _tree(text)
    match kind_of(table):
        case "flat_fare":
            return bundle_publication([_flat_fare(table)])
        case "limits":
            return Publication("limits", "limits", encode(limits_of(table)))
        case "deny_list":
            return Publication(DENY_KIND, _deny_name(table), _deny_body(table, token_key))
        case str(kind) if kind in TABLES:
            return toml_table(kind, table, token_key)
        case str(kind) if kind in VALUE_DOCUMENTS:
            return value_publication(kind, table)
        case kind:
            known = ["flat_fare", "limits", "deny_list", *TABLES, *VALUE_DOCUMENTS]
            raise ConfigError("CONFIG_VALUE", f"kind is one of {', '.join(known)}, not {kind!r}")


def _tree(text: str) -> Mapping[str, Any]:
    """Return the tree of a TOML document, or of a JSON object."""
    try:
        return json.loads(text) if is_json(text) else tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise ConfigError("CONFIG_UNREADABLE", str(error)) from error


def names_file(text: str) -> bool:
    """Say whether a document wants a file of this machine read: only who is at it may ask for that.

    Raises ``CONFIG_UNREADABLE``.
    """
    return not is_csv(text) and _has_key(_tree(text), "file")


def _has_key(tree: object, key: str) -> bool:
    if isinstance(tree, Mapping):
        return key in tree or any(_has_key(each, key) for each in tree.values())
    return isinstance(tree, list) and any(_has_key(each, key) for each in tree)


def is_json(text: str) -> bool:
    """Say whether a document is a JSON object and no TOML, which never begins so."""
    return text.lstrip().startswith("{")


def _named_publication(text: str, name: str | None, token_key: TokenKey) -> Publication:
    try:
        return read_publication(text, token_key)
    except ConfigError as error:
        if name is None:
            raise
        raise ConfigError(error.code, f"{name}: {error.args[0]}") from error


def bundle_publication(trees: Sequence[Mapping[str, object]]) -> Publication:
    """Return the publication of a tariff's versions, given as plain trees; raises ``TARIFF_INVALID``.

    All are versions of one series: an edition has one tariff.
    """
    body = encode_tariff(trees)
    series = sorted({bundle.series for bundle in decode_tariff(body)})
    if len(series) > 1:
        told = (
            f"bundle.series: {' and '.join(series)} are different tariffs, and an edition has one: publish one of them"
        )
        raise PolicyError("TARIFF_INVALID", told)
    return Publication(TARIFF_KIND, "tariff", body)


def gather(
    documents: Iterable[str],
    versions: Sequence[Mapping[str, object]],
    token_key: TokenKey,
    names: Iterable[str] = (),
) -> list[Publication]:
    """Return the publications of documents and of a tariff's versions.

    Raises what :func:`read_publication` and :func:`bundle_publication` raise, and ``CONFIG_VALUE`` where two of them
    are of one kind and name, of which the later would silently win. ``names`` are those of the documents' files: who
    publishes several is told which one is refused.
    """
    gathered = [_named_publication(text, name, token_key) for text, name in zip_longest(documents, names)]
    if versions:
        gathered.append(bundle_publication(versions))
    for (kind, name), count in Counter((each.kind, each.name) for each in gathered).items():
        if count > 1:
            named = f"kind {kind}" if name == kind else f"kind {kind} and name {name}"
            raise ConfigError("CONFIG_VALUE", f"{count} publications of {named}: an edition has one, name one")
    return gathered


def _flat_fare(table: Mapping[str, Any]) -> dict[str, object]:
    _known(table, FLAT_KEYS)
    foreign = table.get("foreign_fen")
    passback = table.get("passback", PASSBACK[0])
    if passback not in PASSBACK:
        raise ConfigError("CONFIG_VALUE", f"passback is {' or '.join(PASSBACK)}, not {passback!r}")
    also = table.get("also", [])
    if not isinstance(also, list) or not all(each in ALSO for each in also):
        raise ConfigError("CONFIG_VALUE", f"also is a list of {' and '.join(ALSO)}, not {also!r}")
    return flat_tree(
        _text(table, "id"),
        _fare(table.get("fare_fen"), "fare_fen"),
        None if foreign is None else _fare(foreign, "foreign_fen"),
        passback=passback,
        passback_window_s=_amount(table.get("passback_window_s", 0), "passback_window_s"),
        also=also,
    )


def _fare(value: object, key: str) -> int:
    """Read a fare; one above the shipped ceiling would be declined by every terminal."""
    fare_fen = _amount(value, key)
    if fare_fen > Limits().fare_fen_max:
        raise ConfigError("CONFIG_VALUE", f"{key} lies above {Limits().fare_fen_max} fen")
    return fare_fen


def _deny_name(table: Mapping[str, Any]) -> str:
    """Return the family of media that a deny list is of; without one it is of all."""
    family = table.get("family", DENY_KIND)
    if family not in (*FAMILIES, DENY_KIND):
        raise ConfigError("CONFIG_VALUE", f"family is one of {', '.join(FAMILIES)}, not {family!r}")
    return str(family)


def _deny_body(table: Mapping[str, Any], token_key: TokenKey) -> bytes:
    """Return the tokens, 16 bytes each; numbers are turned into tokens here and kept nowhere.

    ``file`` names a file of tokens in hexadecimal beside those in the document, for lists that are too long for it.
    """
    _known(table, DENY_KEYS)
    try:
        tokens = {bytes.fromhex(text) for text in table.get("tokens", [])}
    except (ValueError, TypeError):
        raise ConfigError("CONFIG_VALUE", "tokens are hexadecimal") from None
    numbers = list(_numbers(table))
    tokens |= {key.token(scheme, CardNumber(number)) for key in token_key.each() for scheme, number in numbers}
    if any(len(token) != TOKEN_BYTES for token in tokens):
        raise ConfigError("CONFIG_VALUE", f"a token has {TOKEN_BYTES} bytes")
    return b"".join(sorted(tokens)) + _tokens_in(table.get("file"))


def _tokens_in(file: object) -> bytes:
    """Return the tokens of a file, in its order; white space between them means nothing."""
    if file is None:
        return b""
    try:
        tokens = bytes.fromhex(Path(str(file)).read_text("ascii"))
    except OSError as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{file}: {error.strerror}") from error
    except ValueError:
        raise ConfigError("CONFIG_VALUE", f"{file}: tokens are hexadecimal") from None
    if len(tokens) % TOKEN_BYTES:
        raise ConfigError("CONFIG_VALUE", f"{file}: a token has {TOKEN_BYTES} bytes")
    return tokens


def _numbers(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield scheme and number: a list of one ``scheme``, or a table of lists by scheme."""
    numbers = table.get("numbers", [])
    by_scheme = numbers if isinstance(numbers, dict) else {table.get("scheme", PURSE_SCHEME): numbers}
    for scheme, listed in by_scheme.items():
        if not isinstance(listed, list) or not all(isinstance(each, str) and each.isalnum() for each in listed):
            raise ConfigError("CONFIG_VALUE", "numbers are lists of strings of digits and letters")
        yield from ((scheme, number) for number in listed)


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
