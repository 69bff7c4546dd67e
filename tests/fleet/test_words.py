"""The words of the fleet pages: both languages, and none missing for what the centre says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

import sync.central.fleet
from sync import deny_form, row_form, tariff_wire, value_forms
from sync.central.fleet.menu import FLEET_PAGES
from sync.central.fleet.page_files import fleet_pages
from sync.central.fleet.terminals import STATES
from sync.central.fleet.users import Role
from sync.central.store.terminal_statements import PAST, TERMINALS_BY

FOLDER: Final = Path(sync.central.fleet.__file__).parent
TEXTS: Final[dict[str, dict[str, Any]]] = json.loads(fleet_pages()["texts.json"].content)
KINDS: Final = {
    kind
    for module in (deny_form, row_form, tariff_wire, value_forms)
    for name, kind in vars(module).items()
    if name.endswith("_KIND")
} | {"limits"}
ACTS: Final = {
    act for path in FOLDER.glob("*.py") for act in re.findall(r'\.acting\("([a-z.]+)"', path.read_text("utf-8"))
}
NEEDED: Final = {
    "nav": {page.name for page in FLEET_PAGES} - {"terminal"},
    "state": STATES,
    "order": set(TERMINALS_BY),
    "role": set(Role),
    "kind": KINDS,
    "act": ACTS | {"login", "logout", "revoke", "restore"},
    "what": {word for word in re.findall(r"'(\w+)'", PAST) if word != ""},
}


@pytest.mark.parametrize("table", NEEDED)
def test_nothing_that_the_centre_says_lacks_words(table: str) -> None:
    assert sorted(NEEDED[table] - TEXTS[table].keys()) == []


def test_the_acts_are_found_in_the_source() -> None:
    assert {"stage", "release", "halt", "rollback", "group", "user.add"} <= ACTS


def test_every_text_is_there_in_both_languages_with_the_same_places() -> None:
    for table, words in TEXTS.items():
        for key, text in words.items():
            assert set(text) == {"zh", "en"}, f"{table}.{key}"
            assert text["zh"], f"{table}.{key}"
            assert text["en"], f"{table}.{key}"
            places = [sorted(re.findall(r"\{(\w+)\}", text[language])) for language in ("zh", "en")]
            assert places[0] == places[1], f"{table}.{key}"


def test_every_word_that_a_page_asks_for_by_name_is_there() -> None:
    asked = {
        (table, key)
        for name, page in fleet_pages().items()
        if name.endswith((".js", ".html"))
        for table, key in re.findall(r'(?:word\(|data-t=|data-label=)"(\w+)\.([\w.]+)"', page.content.decode())
    }
    assert len(asked) > 100
    assert sorted(f"{table}.{key}" for table, key in asked if key not in TEXTS.get(table, {})) == []
