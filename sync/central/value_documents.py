"""Values as people write them -> what is published: one line per kind; ``sync/central/DOCUMENTS.md`` shows each.

A document says its ``kind``, or is known by a key that no other kind has: so a file of a terminal can be published as
it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from edge.code_key_file import keys_in
from edge.domain.code_keys import CodeKeys
from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from edge.domain.profile_settings import SAFE, ProfileSetting, ProfileSettings
from edge.domain.sealing_key import SealingKey
from sync.central.artifacts import Publication
from sync.central.ca_key_document import ca_keys
from sync.central.rosters import (
    DRIVER_COLUMNS,
    STAFF_COLUMNS,
    TECHNICIAN_COLUMNS,
    drivers,
    drivers_of,
    staff,
    staff_of,
    technicians,
    technicians_of,
)
from sync.central.stop_table import STOP_COLUMNS, stops, stops_of
from sync.central.tables import TableRow
from sync.central.text_documents import menus, prompts
from sync.central.voice_document import voice
from sync.value_forms import (
    CA_KEYS_KIND,
    CODE_KEYS_KIND,
    DRIVERS_KIND,
    MENUS_KIND,
    PROFILES_KIND,
    PROMPTS_KIND,
    SEALING_KEY_KIND,
    STAFF_KIND,
    STOPS_KIND,
    TECHNICIANS_KIND,
    VOICE_KIND,
    Counted,
    encode_value,
)


@frozen
class Document:
    """How a kind is written: the keys that no other kind has, and what reads it.

    ``read`` raises ConfigError, and ValueError for what lies out of bounds.
    """

    marks: tuple[str, ...]
    read: Callable[[Mapping[str, Any]], Counted]


def code_keys(tree: Mapping[str, Any]) -> CodeKeys:
    """Return the keys of issuers of codes, written as in a terminal's own file of them."""
    return CodeKeys(keys_in({name: part for name, part in tree.items() if name != "kind"}))


def profiles(tree: Mapping[str, Any]) -> ProfileSettings:
    """Return what profiles take: tables ``[profile.NAME.SECTION]``, ``"*"`` for every profile."""
    if unknown := sorted(set(tree) - {"kind", "profile"}):
        raise ConfigError("CONFIG_KEY", f"unknown key {unknown[0]}; known is profile")
    written = ProfileSettings(
        tuple(
            ProfileSetting(name, f"{section}.{key}", _whole(value, f"{name}.{section}.{key}"))
            for name, sections in _table(tree.get("profile", {}), "profile").items()
            for section, keys in _table(sections, name).items()
            for key, value in _table(keys, f"{name}.{section}").items()
        )
    )
    if unsafe := written.passed_over():
        raise ValueError(f"{', '.join(unsafe)}: not among what the centre may set ({', '.join(SAFE)})")
    return written


def sealing_key(tree: Mapping[str, Any]) -> SealingKey:
    """Return the clearing key of now, as ``central clear key new`` writes it down."""
    if unknown := sorted(set(tree) - {"kind", "version", "public"}):
        raise ConfigError("CONFIG_KEY", f"unknown key {unknown[0]}; known are version and public")
    return SealingKey(_whole(tree.get("version"), "version"), bytes.fromhex(str(tree.get("public", ""))))


def _table(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError("CONFIG_VALUE", f"{where} is a table")
    return value


def _whole(value: object, where: str) -> int:
    if type(value) is not int:
        raise ConfigError("CONFIG_VALUE", f"{where} is a whole number")
    return value


VALUE_DOCUMENTS: Final[Mapping[str, Document]] = {
    CODE_KEYS_KIND: Document(("key",), code_keys),
    CA_KEYS_KIND: Document(("rsa", "sm2"), ca_keys),
    PROMPTS_KIND: Document((), prompts),
    MENUS_KIND: Document(("menu",), menus),
    PROFILES_KIND: Document(("profile",), profiles),
    STAFF_KIND: Document(("staff",), staff),
    TECHNICIANS_KIND: Document((), technicians),
    DRIVERS_KIND: Document((), drivers),
    VOICE_KIND: Document(("clip",), voice),
    STOPS_KIND: Document((), stops),
    SEALING_KEY_KIND: Document((), sealing_key),
}


@frozen
class ValueTable:
    """How a kind stands in a CSV table: all its columns, the one that no other table has, and what reads its rows."""

    columns: Sequence[str]
    mark: str
    rows: Callable[[Iterable[TableRow]], Counted]


VALUE_TABLES: Final[Mapping[str, ValueTable]] = {
    STAFF_KIND: ValueTable(STAFF_COLUMNS, "salt", staff_of),
    TECHNICIANS_KIND: ValueTable(TECHNICIAN_COLUMNS, "technician", technicians_of),
    DRIVERS_KIND: ValueTable(DRIVER_COLUMNS, "driver", drivers_of),
    STOPS_KIND: ValueTable(STOP_COLUMNS, "latitude", stops_of),
}


def kind_of(tree: Mapping[str, Any]) -> object:
    """Return the kind that a document says, or by whose mark it is known; None where nothing says it."""
    if "kind" in tree:
        return tree["kind"]
    return next((kind for kind, known in VALUE_DOCUMENTS.items() if not {*known.marks}.isdisjoint(tree)), None)


def value_publication(kind: str, tree: Mapping[str, Any]) -> Publication:
    """Return the publication of a document of a kind; raises ConfigError."""
    return _published(kind, lambda: VALUE_DOCUMENTS[kind].read(tree))


def table_publication(kind: str, rows: Iterable[TableRow]) -> Publication:
    """Return the publication of the rows of a table of a kind; raises ConfigError."""
    return _published(kind, lambda: VALUE_TABLES[kind].rows(rows))


def _published(kind: str, read: Callable[[], Counted]) -> Publication:
    """Return the publication of a value: there is one of each kind, so it bears the kind's name."""
    try:
        return Publication(kind, kind, encode_value(read()))
    except ValueError as error:
        raise ConfigError("CONFIG_VALUE", f"{kind}: {error}") from error
