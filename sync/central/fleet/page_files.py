"""The files of the fleet pages, read once at the start, and their words in one table of both languages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from edge.page_files import Page, page_files

FOLDER: Final = Path(__file__).with_name("pages")


def fleet_pages() -> Mapping[str, Page]:
    """Return the files by name; ``texts.json`` has the words of every ``pages/*.toml``, table by table."""
    texts: dict[str, dict[str, Any]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for table, words in tomllib.loads(path.read_text("utf-8")).items():
            texts.setdefault(table, {}).update(words)
    return page_files(FOLDER, texts)
