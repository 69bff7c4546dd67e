"""The centre's SQL stays in the subset that SQLite, PostgreSQL and a distributed engine take."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.central.store import statements
from sync.central.store.postgres import numbered
from tests.sync.schemas import TABLES


def statements_of(path: Path) -> Iterator[tuple[str, str]]:
    """Yield name and text of every statement in one of the store's modules, also of those in a table of them."""
    module = importlib.import_module(f"sync.central.store.{path.stem}")
    for name, found in vars(module).items():
        if name.isupper() and isinstance(found, str):
            yield name, found
        if name.isupper() and isinstance(found, dict) and all(isinstance(text, str) for text in found.values()):
            yield from ((f"{name} {key}", text) for key, text in found.items())


REFERENCE_TABLES = {"fact", "artifact", "part", "closing", "closing_cut", "closing_turn", "closing_total"}
REFERENCE_TABLES |= {"staged", "staged_end", "edition_reach"}
REFERENCE_TABLES |= {"fleet_user", "fleet_session", "fleet_try", "fleet_act"}
TOKEN_TABLES = {"book_turn", "adjustment", "adjustment_line"}
"""Tables of what the centre found out about tokens: their keys begin with the bucket of the token."""
FORBIDDEN = re.compile(
    r"\b(current_timestamp|unnest|trigger|serial|sequence|nextval|autoincrement|rowid|listen|notify|rollup|cube"
    r"|grouping sets|for update|insert or|replace into|pragma|strict|generated|collate|default|references|cascade"
    r"|view|lateral|ilike|glob|json\w*|array|begin|commit)\b|now\(|advisory|returning \*|::|\$\d",
    re.IGNORECASE,
)
ONE_ROW = re.compile(r"\b(terminal_id|bucket|token_hash|slot|act_id) = \?")
"""What an UPDATE names: a terminal, the bucket of a token, or a row of who signs in at the fleet pages."""
REFERENCE_WRITE = re.compile(r"INSERT INTO (fact|artifact|part|schema_level|book_turn) ")
DOORS = sorted(Path(statements.__file__).parent.glob("*statements.py"))
STATEMENTS = {
    **{f"{path.stem} {name}": text for path in DOORS for name, text in statements_of(path)},
    **{f"SCHEMA {number}": text for number, text in enumerate(statements.SCHEMA)},
}
COLUMN = re.compile(r"(\w+) (BIGINT|TEXT|BYTEA) NOT NULL( PRIMARY KEY)?")


def broken_rules(text: str) -> list[str]:
    """Return the rules that one statement breaks."""
    rules: list[str] = []
    if FORBIDDEN.search(text):
        rules.append("uses what other engines lack or refuse")
    if re.match(r"INSERT", text) and "VALUES {rows}" not in " ".join(text.split()):
        rules.append("does not insert rows by multi-row VALUES")
    if re.match(r"UPDATE", text) and not ONE_ROW.search(text):
        rules.append("writes to more than one terminal, bucket or row")
    if re.match(r"DELETE|DROP|ALTER|TRUNCATE", text):
        rules.append("takes something away")
    if re.match(r"CREATE UNIQUE", text):
        rules.append("is unique beyond one terminal")
    if re.match(r"INSERT", text) and not REFERENCE_WRITE.match(text) and "DO UPDATE" in text:
        rules.append("overwrites rows of a terminal")
    if any("?" in literal for literal in re.findall(r"'[^']*'", text)):
        rules.append("has a question mark that is no place for a value")
    return rules


def planned(text: str) -> str:
    """Return a statement with its lists filled in."""
    columns = len(found[1].split(",")) if (found := re.search(r"INSERT INTO \w+ \(([^)]*)\)", text)) else 0
    return text.format(rows=f"({', '.join('?' * columns)})", items="?, ?")


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_keeps_the_rules(name: str) -> None:
    assert broken_rules(STATEMENTS[name]) == []


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_number_of_a_mark_is_its_place(name: str) -> None:
    text = planned(STATEMENTS[name])
    marks = re.findall(r"\$(\d+)", numbered(text))
    assert marks == [str(place) for place in range(1, text.count("?") + 1)]
    assert "?" not in numbered(text)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_column_has_a_type_that_all_engines_know(table: str) -> None:
    columns, _, _ = re.sub(r"\s+", " ", TABLES[table]).partition(", PRIMARY KEY (")
    listed = columns.partition("(")[2].removesuffix(")")
    assert all(COLUMN.fullmatch(column) for column in listed.split(", ")), listed


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_key_begins_with_the_terminal(table: str) -> None:
    if table in REFERENCE_TABLES:
        return
    key = re.search(r"PRIMARY KEY \(([^)]*)\)", TABLES[table])
    assert key is not None
    assert key[1].split(", ")[0] == ("bucket" if table in TOKEN_TABLES else "terminal_id")


@pytest.mark.parametrize("table", ["entry", "book_line", "book_tap", "adjustment", "adjustment_line"])
def test_a_table_that_grows_with_the_days_can_be_divided_by_them(table: str) -> None:
    key = re.search(r"PRIMARY KEY \(([^)]*)\)", TABLES[table])
    assert key is not None
    assert key[1].split(", ")[-1] == "business_day"


def test_no_statement_stands_anywhere_else() -> None:
    """The doors speak to their own engine of what is not a statement: modes, transactions, the level."""
    doors = {"sqlite.py", "postgres.py", *(path.name for path in DOORS)}
    modules = [path for path in Path(statements.__file__).parents[1].rglob("*.py") if path.name not in doors]
    assert [
        path.name
        for path in modules
        if re.search(r"\b(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM) ", path.read_text())
    ] == []


PLANTED = [
    "INSERT INTO entry SELECT unnest(?)",
    "UPDATE stream SET seen = 1",
    "UPDATE book_turn SET turn = 1",
    "DELETE FROM entry",
    "INSERT INTO alarm (raised_ms) VALUES (now())",
    "INSERT INTO terminal (terminal_id) VALUES {rows} ON CONFLICT (terminal_id) DO UPDATE SET last_seen_ms = 0",
    "SELECT head FROM stream WHERE terminal_id = ? FOR UPDATE",
    "SELECT pg_advisory_lock(1)",
    "SELECT name FROM fact WHERE name = 'what?'",
    "CREATE UNIQUE INDEX claim_once ON claim (bucket, counter, subject)",
    "SELECT family, sum(fen) FROM entry GROUP BY ROLLUP (family)",
    "SELECT seq::text FROM entry",
]


@pytest.mark.parametrize("text", PLANTED)
def test_a_planted_fault_is_found(text: str) -> None:
    assert broken_rules(text)
