"""The files of the fleet pages, read once at the start, and their words in one table of both languages."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sync.central.fleet.answering import Page

FOLDER: Final = Path(__file__).with_name("pages")
KINDS: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}


def fleet_pages() -> Mapping[str, Page]:
    """Return the files by name; ``texts.json`` has the words of every ``pages/*.toml``, table by table."""
    pages = {
        path.name: Page(KINDS[path.suffix], path.read_bytes())
        for path in sorted(FOLDER.iterdir())
        if path.suffix in KINDS
    }
    texts: dict[str, dict[str, Any]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for table, words in tomllib.loads(path.read_text("utf-8")).items():
            texts.setdefault(table, {}).update(words)
    pages["texts.json"] = Page("application/json", json.dumps(texts, ensure_ascii=False).encode())
    return pages
