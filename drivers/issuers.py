"""The table of issuers from its file: strict, a row changes only what it names."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from drivers.cards.epurse.rules import IssuerRules, IssuerTable
from edge.config_values import Layer, Shape, Table, nearest, read_settings
from edge.domain.errors import ConfigError
from firmware_profiles.issuers import ISSUERS_FILE, IssuersBroken, issuer_sections

_SECTIONS: Final = ("default", "issuer", "city")
_NAMES: Final = {
    "issuer": Shape(r"[0-9A-F]{8}", "four bytes in upper-case hexadecimal"),
    "city": Shape(r"[0-9]{4}", "four digits"),
}


def load_issuers(file: Path = ISSUERS_FILE) -> IssuerTable:
    """Return the rows of ``issuers.toml`` as purses need them.

    Raises ``CONFIG_UNREADABLE``, ``CONFIG_KEY`` (an unknown section or key; the nearest known one is named) or
    ``CONFIG_VALUE``.
    """
    try:
        sections = issuer_sections(file)
    except IssuersBroken as error:
        raise ConfigError("CONFIG_UNREADABLE", str(error)) from error
    for name in sections:
        if name not in _SECTIONS:
            known = nearest(name, _SECTIONS)
            raise ConfigError("CONFIG_KEY", f"{file}: unknown section `{name}`; nearest known section: `{known}`")
    tables = {name: _table(sections.get(name, {}), f"{file}: `{name}`") for name in _SECTIONS}
    default = Layer(f"{file}, default", tables["default"])
    return IssuerTable(
        default=read_settings(IssuerRules, [default], file.parent),
        by_issuer=_rows(file, default, "issuer", tables["issuer"]),
        by_city=_rows(file, default, "city", tables["city"]),
    )


def _rows(file: Path, default: Layer, kind: str, section: Table) -> dict[str, IssuerRules]:
    form = _NAMES[kind]
    rows: dict[str, IssuerRules] = {}
    for name, row in section.items():
        if not form.allows(name):
            raise ConfigError("CONFIG_KEY", f"{file}: `{kind}.{name}`: the name of a row must be {form}")
        own = Layer(f"{file}, {kind}.{name}", _table(row, f"{file}: `{kind}.{name}`"))
        rows[name] = read_settings(IssuerRules, [default, own], file.parent)
    return rows


def _table(value: object, place: str) -> Table:
    if not isinstance(value, dict):
        raise ConfigError("CONFIG_VALUE", f"{place} must be a table")
    return value
