"""The files of pages that a browser shows, read once at the start of whoever serves them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from edge.domain.frozen import frozen

KINDS: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}


@frozen
class Page:
    """One file of the pages."""

    kind: str
    content: bytes


def page_files(
    folder: Path, texts: Mapping[str, object], wanted: Callable[[str], bool] = lambda _name: True
) -> dict[str, Page]:
    """Return the files of a folder by name, those that are ``wanted``, and the pages' words as ``texts.json``."""
    paths = (path for path in folder.iterdir() if path.suffix in KINDS and wanted(path.name))
    pages = {path.name: Page(KINDS[path.suffix], path.read_bytes()) for path in paths}
    pages["texts.json"] = Page("application/json", json.dumps(texts, ensure_ascii=False).encode())
    return pages
