"""Tables that people write about persons: CSV, or the same rows in TOML. A fault names line and column, never a number.

A person or a medium stands as ``scheme:number`` (``cid:...``, ``tunion:...``) or ``token:`` and 32 hexadecimal digits.
Numbers become tokens here and are kept nowhere.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from edge.crypto.tokens import TokenKey
from edge.domain.card_number import CardNumber
from edge.domain.errors import ConfigError
from edge.domain.frozen import frozen
from edge.domain.tap import TOKEN_BYTES

NUMBER: Final = re.compile(r"([a-z][a-z0-9_-]{0,15}):([0-9A-Za-z]{4,32})")
LONG_NUMBER: Final = re.compile(r"[0-9]{15}")
TOKEN_SCHEME: Final = "token"  # noqa: S105 - the word for a number that is a token already
ROWS_KEY: Final = "rows"


@frozen
class TableRow:
    """One row: where it stands, and its cells by column; an absent cell is empty."""

    where: str
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """Return a cell, empty where it is."""
        return self.cells.get(column, "")

    def word(self, column: str, longest: int = 64) -> str:
        """Return a cell that must not be empty."""
        text = self.plain(column)
        if not 0 < len(text) <= longest:
            raise self.fault(column, f"1 to {longest} characters are wanted")
        return text

    def whole(self, column: str, low: int = 0) -> int:
        """Return a whole number from ``low`` on."""
        text = self.text(column)
        if not text.isdecimal() or int(text) < low:
            raise self.fault(column, f"a whole number from {low} on is wanted")
        return int(text)

    def day(self, column: str, *, open_end: bool = False) -> str:
        """Return a civil day as YYYYMMDD, written so or with dashes; nothing may stand there where ``open_end``."""
        text = self.text(column)
        if open_end and not text:
            return ""
        try:
            return date.fromisoformat(text).strftime("%Y%m%d")
        except ValueError:
            raise self.fault(column, "a day is wanted, YYYY-MM-DD") from None

    def instant_ms(self, column: str) -> int:
        """Return an instant in ms UTC, written in ISO form with its offset."""
        try:
            moment = datetime.fromisoformat(self.text(column))
        except ValueError:
            raise self.fault(column, "an instant is wanted, 2026-06-01T12:00:00+08:00") from None
        if moment.tzinfo is None:
            raise self.fault(column, "an instant names its offset from UTC")
        return round(moment.astimezone(UTC).timestamp() * 1000)

    def token(self, column: str, token_key: TokenKey) -> bytes:
        """Return the token of the medium in a cell under this key alone."""
        return self._token(column, self.text(column).strip(), token_key)

    def person(self, column: str, token_key: TokenKey) -> bytes:
        """Return the token of the person in a cell, under the oldest key in use: claims and quotas go on by it."""
        return self.token(column, token_key.each()[-1])

    def tokens(self, column: str, token_key: TokenKey) -> list[bytes]:
        """Return the tokens of the media in a cell, separated by blanks: of each under every key that is in use."""
        words = self.text(column).split()
        found = (self._token(column, word, key) for key in token_key.each() for word in words)
        return list(dict.fromkeys(found))

    def _token(self, column: str, word: str, token_key: TokenKey) -> bytes:
        found = NUMBER.fullmatch(word)
        if found is None:
            raise self.fault(column, "scheme:number is wanted")
        scheme, number = found.groups()
        if scheme != TOKEN_SCHEME:
            return token_key.token(scheme, CardNumber(number))
        try:
            token = bytes.fromhex(number)
        except ValueError:
            token = b""
        if len(token) != TOKEN_BYTES:
            raise self.fault(column, f"a token has {TOKEN_BYTES} bytes in hexadecimal")
        return token

    def plain(self, column: str) -> str:
        """Return a cell of free words; one that holds a card or identity number is refused."""
        text = self.text(column)
        if LONG_NUMBER.search(text):
            raise self.fault(column, "a number as long as a card's or an identity's has no place here")
        return text

    def fault(self, column: str, told: str) -> ConfigError:
        """Return the error of a cell; it never quotes what stands there."""
        return ConfigError("CONFIG_VALUE", f"{self.where}, column {column}: {told}")


def hexadecimal(row: TableRow, column: str) -> bytes:
    """Return the bytes of a cell in hexadecimal; raises ``CONFIG_VALUE``."""
    try:
        return bytes.fromhex(row.text(column))
    except ValueError:
        raise row.fault(column, "hexadecimal is wanted") from None


def bound_ms(row: TableRow, column: str) -> int:
    """Return an instant in ms UTC, 0 where none stands; raises ``CONFIG_VALUE``."""
    return row.instant_ms(column) if row.text(column) else 0


def csv_rows(text: str) -> tuple[Sequence[str], list[TableRow]]:
    """Return columns and rows of a CSV text whose first line names the columns; raises ``CONFIG_UNREADABLE``."""
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        columns = [name.strip() for name in next(lines, [])]
        return columns, list(_rows(lines, columns))
    except csv.Error as error:
        raise ConfigError("CONFIG_UNREADABLE", f"line {lines.line_num}: {error}") from error


def named_rows(text: str, columns: Sequence[str]) -> list[TableRow]:
    """Return the rows of a CSV text that has all of some columns and no others; raises as :func:`csv_rows` does."""
    found, rows = csv_rows(text)
    check_columns(found, columns)
    lacking = [name for name in columns if name not in found]
    if lacking:
        raise ConfigError("CONFIG_KEY", f"line 1: column {lacking[0]} is missing")
    return rows


def _rows(lines: Any, columns: Sequence[str]) -> Iterator[TableRow]:  # noqa: ANN401 - a csv.reader has no public type
    for cells in lines:
        if len(cells) > len(columns):
            raise ConfigError("CONFIG_VALUE", f"line {lines.line_num}: more cells than columns")
        if any(cells):
            named = zip(columns, cells, strict=False)  # absent cells at the end are empty
            yield TableRow(f"line {lines.line_num}", {name: cell.strip() for name, cell in named})


def toml_rows(table: Mapping[str, Any]) -> tuple[Sequence[str], list[TableRow]]:
    """Return columns and rows under ``rows`` of a TOML table; raises ``CONFIG_KEY`` or ``CONFIG_VALUE``."""
    check_columns([key for key in table if key != "kind"], [ROWS_KEY])
    rows = table.get(ROWS_KEY, [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ConfigError("CONFIG_VALUE", f"{ROWS_KEY} is an array of tables")
    columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [{key: str(value) for key, value in row.items()} for row in rows]
    return columns, [TableRow(f"row {number}", row) for number, row in enumerate(cells, 1)]


def check_columns(found: Sequence[str], known: Sequence[str]) -> None:
    """Raise ``CONFIG_KEY`` for a column that is unknown; a missing heading may hold numbers, so it is not quoted."""
    for place, name in enumerate(found, 1):
        if name not in known:
            raise ConfigError("CONFIG_KEY", f"column {place} is unknown; known are {', '.join(known)}")
