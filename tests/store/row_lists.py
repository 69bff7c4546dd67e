"""Lists of rows for tests: segments as an edition opens them, beside the file that holds their rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from edge.domain.exchange import ListManifest, Part
from edge.domain.holder import Claim, HolderRecord
from edge.store.segment import Segment
from sync.artifact import list_body, new_header, read_list_body
from sync.row_form import FORM, ROWS, Row, rows_part
from tests.store.editions import artifact, deny, tariff, write_edition

NO_LISTS: Final[Mapping[str, Sequence[Row]]] = {}


def token(number: int) -> bytes:
    """Return a token, spread as keyed hashes are."""
    return hashlib.sha256(number.to_bytes(8, "big")).digest()[:16]


def elder(number: int, media: int = 3) -> Row:
    """Return the row of one holder with two claims and some media."""
    claims = (Claim("elder60", "20200101", evidence=f"SHD-{number}"), Claim("age=60", "20200101", evidence="ID"))
    keys = [token(number * 10 + medium) for medium in range(media + 1)]
    return keys, HolderRecord(keys[0], claims)


def manifest_of(content: bytes, entries: int) -> bytes:
    """Return the body of a list of rows."""
    part = Part(ROWS, hashlib.sha256(content).digest(), len(content))
    return list_body(ListManifest(FORM, b"", entries, (part,)))


def with_rows(
    state: Path, number: int, files: Sequence[tuple[str, int, bytes]], lists: Mapping[str, Sequence[Row]]
) -> Path:
    """Write an edition of some artifacts and of lists of rows by kind, whose parts lie beside them."""
    parts = {kind: rows_part(rows) for kind, rows in lists.items()}
    listed = [
        (kind, number, artifact(kind, number, manifest_of(content, len(lists[kind]))))
        for kind, content in parts.items()
    ]
    folder = write_edition(state, number, [*files, *listed])
    for content in parts.values():
        (folder / "segments" / hashlib.sha256(content).hexdigest()).write_bytes(content)
    return folder


def edition_with(state: Path, number: int, lists: Mapping[str, Sequence[Row]]) -> Path:
    """Write an edition with a flat fare and lists of rows by kind; returns the folder."""
    return with_rows(state, number, [("tariff", number, tariff(number)), ("deny_list", number, deny(number))], lists)


def segment(folder: Path, content: bytes, entries: int, *, kind: str = "entitlements", version: int = 7) -> Segment:
    """Write a part and return the segment of its list."""
    path = folder / "rows"
    path.write_bytes(content)
    body = manifest_of(content, entries)
    header = new_header(kind, kind, version, body)
    return Segment(folder / "artifact", header, body, read_list_body(body), {ROWS: path})


def roster(folder: Path, rows: Iterable[Row]) -> Segment:
    """Return the segment of an entitlement list."""
    listed = list(rows)
    return segment(folder, rows_part(listed), len(listed))
