"""The centre's SQL stays in the subset that a distributed engine also takes."""

from __future__ import annotations

import re

import pytest

from sync.central.store import statements

REFERENCE_TABLES = {"fact", "artifact", "part"}
FORBIDDEN = re.compile(
    r"\b(now\(|current_timestamp|unnest|trigger|serial|sequence|nextval|autoincrement|rowid|listen|notify|rollup|cube"
    r"|grouping sets|advisory|insert or|replace into|pragma)\b",
    re.IGNORECASE,
)
STATEMENTS = {
    **{name: text for name, text in vars(statements).items() if name.isupper() and isinstance(text, str)},
    **{f"SCHEMA {number}": text for number, text in enumerate(statements.SCHEMA)},
}
TABLES = {found[1]: text for text in statements.SCHEMA if (found := re.match(r"CREATE TABLE (\w+)", text)) is not None}


def broken_rules(text: str) -> list[str]:
    """Return the rules that one statement breaks."""
    rules: list[str] = []
    if FORBIDDEN.search(text):
        rules.append("uses what other engines lack or refuse")
    if re.match(r"INSERT", text) and "VALUES {rows}" not in " ".join(text.split()):
        rules.append("does not insert rows by multi-row VALUES")
    if re.match(r"UPDATE", text) and "terminal_id = ?" not in text:
        rules.append("writes to more than one terminal")
    if re.match(r"DELETE|DROP|ALTER|TRUNCATE", text):
        rules.append("takes something away")
    return rules


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_keeps_the_rules(name: str) -> None:
    assert broken_rules(STATEMENTS[name]) == []


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_key_begins_with_the_terminal(table: str) -> None:
    if table in REFERENCE_TABLES:
        return
    key = re.search(r"PRIMARY KEY \(([^)]*)\)", TABLES[table])
    assert key is not None
    assert key[1].split(", ")[0] == "terminal_id"


PLANTED = [
    "INSERT INTO entry SELECT unnest(?)",
    "UPDATE stream SET seen = 1",
    "DELETE FROM entry",
    "INSERT INTO alarm (raised_ms) VALUES (now())",
]


@pytest.mark.parametrize("text", PLANTED)
def test_a_planted_fault_is_found(text: str) -> None:
    assert broken_rules(text)
