"""Which tables can be published, and by which columns each is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from edge.crypto.tokens import TokenKey
from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from sync.central import debts, diners, entitlements
from sync.central.artifacts import Publication
from sync.central.tables import TableRow, check_columns, csv_rows, toml_rows
from sync.central.value_documents import VALUE_TABLES, ValueTable, table_publication
from sync.row_form import DEBTS_KIND, DINERS_KIND, ENTITLEMENTS_KIND

Read = Callable[[Iterable[TableRow], TokenKey], Publication]


@frozen
class Table:
    """A kind of table: all its columns, the one that no other table has, and what makes a publication of it."""

    columns: Sequence[str]
    mark: str
    read: Read


TABLES: Final[Mapping[str, Table]] = {
    ENTITLEMENTS_KIND: Table(entitlements.COLUMNS, "holder", entitlements.entitlements),
    DEBTS_KIND: Table(debts.COLUMNS, "fen", debts.debts),
    DINERS_KIND: Table(diners.COLUMNS, "code", diners.diners),
}
"""Tables whose rows are found by tokens."""


def is_csv(text: str) -> bool:
    """Say whether a document is a CSV table and no TOML: its first line names columns and sets nothing."""
    first = text.partition("\n")[0]
    return "," in first and "=" not in first and not first.lstrip().startswith(("#", "[", "{"))


def csv_table(text: str, token_key: TokenKey) -> Publication:
    """Return the publication of a CSV table; raises ``CONFIG_UNREADABLE``, ``CONFIG_KEY`` or ``CONFIG_VALUE``."""
    columns, rows = csv_rows(text)
    every: Mapping[str, Table | ValueTable] = {**TABLES, **VALUE_TABLES}
    kind = next((kind for kind, table in every.items() if table.mark in columns), None)
    if kind is None:
        marks = " or ".join(table.mark for table in every.values())
        raise ConfigError("CONFIG_KEY", f"line 1: a table that can be published has a column {marks}")
    check_columns(columns, every[kind].columns)
    return TABLES[kind].read(rows, token_key) if kind in TABLES else table_publication(kind, rows)


def toml_table(kind: str, tree: Mapping[str, Any], token_key: TokenKey) -> Publication:
    """Return the publication of the same rows in TOML; raises as :func:`csv_table` does."""
    columns, rows = toml_rows(tree)
    check_columns(columns, TABLES[kind].columns)
    return TABLES[kind].read(rows, token_key)
