"""Looks for secrets in everything that a run leaves in its folders: files, database cells, what is compressed in them.

Captured packets are files like any other; compressed bodies inside them are opened where they begin.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.privacy.secrets_of import Form, Secret, forms_of

SQLITE: Final = b"SQLite format 3\x00"
GZIP: Final = re.compile(rb"\x1f\x8b\x08")
OPENED_BYTES_MAX: Final = 8 * 1024 * 1024
GZIP_WINDOW: Final = 31
"""zlib's word for a gzip header and trailer."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A secret in clear: in which file, where in it, whose, and in which form."""

    file: str
    where: str
    label: str
    form: str

    def __str__(self) -> str:
        return f"{self.file} ({self.where}): {self.label}, {self.form}"


class Scan:
    """Knows the forms of all secrets; one pattern finds any of them."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._forms: dict[bytes, Form] = {form.content: form for secret in secrets for form in forms_of(secret)}
        longest_first = sorted(self._forms, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(re.escape(content) for content in longest_first))

    def folders(self, folders: Iterable[Path]) -> list[Finding]:
        """Return everything found below the folders, in order; raises ``ValueError`` where there is no file."""
        found: set[Finding] = set()
        files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
        if not files:
            raise ValueError("nothing to look at: no file below the folders")
        for path in files:
            for where, content in views(path):
                found.update(self._in(str(path), where, content))
        return sorted(found)

    def _in(self, file: str, where: str, content: bytes) -> Iterator[Finding]:
        for match in self._pattern.finditer(content):
            form = self._forms[match.group()]
            yield Finding(file, where, form.secret.label, form.name)


def views(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield a file's bytes, what is compressed in them, and each cell where it is a database."""
    content = path.read_bytes()
    yield "bytes", content
    yield from _opened("bytes", content)
    if content.startswith(SQLITE):
        for where, cell in _cells(path):
            yield where, cell
            yield from _opened(where, cell)


def _opened(where: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    for match in GZIP.finditer(content):
        with suppress(zlib.error):
            opened = zlib.decompressobj(GZIP_WINDOW).decompress(content[match.start() :], OPENED_BYTES_MAX)
            yield f"{where}, gzip at {match.start()}", opened


def _cells(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every cell of a copy, with what its write-ahead log adds: a long one lies on several pages of the file.

    A database that a test has damaged ends where it cannot be read; its bytes are looked at besides.
    """
    with tempfile.TemporaryDirectory() as folder, suppress(sqlite3.DatabaseError):
        copy = Path(folder) / "copy.db"
        for suffix in ("", "-wal"):
            if (source := path.with_name(path.name + suffix)).exists():
                shutil.copyfile(source, copy.with_name(copy.name + suffix))
        with closing(sqlite3.connect(copy)) as database:
            names = [row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            for name in names:
                for row in database.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - a name out of the schema
                    yield from ((f"table {name}", cell) for cell in map(_as_bytes, row) if cell)


def _as_bytes(cell: object) -> bytes:
    return cell if isinstance(cell, bytes) else b"" if cell is None else str(cell).encode()
