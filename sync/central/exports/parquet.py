"""Files of closed days as Parquet, and questions to them in SQL. The only door to DuckDB (the extra ``analytics``).

``lines.parquet`` has the lines of all parties of a day. The questions shipped are the files in ``queries/``; each
reads the view ``lines``: the rows of every day in the folder, with the day of their file as ``file_day``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from importlib import resources
from pathlib import Path
from typing import Final

import duckdb

from edge.domain.errors import ConfigError, StoreError
from sync.central.exports.day_files import MANIFEST, SITES
from sync.central.exports.rows import COLUMNS, NUMBERS

LINES: Final = "lines.parquet"
ORDER: Final = "account, party, day, entry, token, reason, line"
QUERIES: Final = "queries"
DAY_FOLDER: Final = "[0-9]" * 8


def write_parquet(folder: Path) -> Path:
    """Write the lines of a day's CSV files as one Parquet file beside them; raises ``STORE_IO``."""
    types = {name: "BIGINT" if name in NUMBERS else "VARCHAR" for name in COLUMNS}
    files = sorted(str(path) for path in folder.glob("*.csv") if path.name != SITES)
    target = folder / LINES
    with _opened() as connection:
        try:
            lines = connection.read_csv(files, header=True, dtype=types)
            lines.order(ORDER).write_parquet(str(target))
        except duckdb.Error as error:
            raise StoreError("STORE_IO", f"{target}: {error}") from error
    return target


def query_names() -> tuple[str, ...]:
    """Return the names of the questions shipped."""
    found = resources.files("sync.central.exports").joinpath(QUERIES).iterdir()
    return tuple(sorted(one.name.removesuffix(".sql") for one in found if one.name.endswith(".sql")))


def ask_files(folder: Path, name: str) -> tuple[Sequence[str], list[tuple[object, ...]]]:
    """Return columns and rows of a shipped question to all days in a folder; raises ``CONFIG_VALUE``."""
    if name not in query_names():
        raise ConfigError("CONFIG_VALUE", f"no query {name}: there are {', '.join(query_names())}")
    days = sorted(path.parent for path in folder.glob(f"{DAY_FOLDER}/{MANIFEST}") if (path.parent / LINES).exists())
    if not days:
        raise ConfigError("CONFIG_VALUE", f"{folder}: no day with {LINES}: onecard central export DAY --parquet")
    text = resources.files("sync.central.exports").joinpath(QUERIES, f"{name}.sql").read_text("utf-8")
    with _opened() as connection:
        try:
            read = [
                connection.read_parquet(str(day / LINES)).project(f"{int(day.name)} AS file_day, *") for day in days
            ]
            reduce(duckdb.DuckDBPyRelation.union, read).create_view("lines")
            answer = connection.execute(text)
            return [column[0] for column in answer.description or ()], answer.fetchall()
        except duckdb.Error as error:
            raise StoreError("STORE_IO", f"{folder}: {error}") from error


def _opened() -> duckdb.DuckDBPyConnection:
    """Return a database in memory that loads nothing from anywhere; one thread writes the same bytes every time."""
    return duckdb.connect(":memory:", config={"threads": 1, "autoinstall_known_extensions": False})
