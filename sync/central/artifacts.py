"""Reference data as the centre keeps it: signed artifacts, files of lists, and which edition is for whom."""

from __future__ import annotations

from typing import Final, cast

from edge.domain.exchange import EDITION, ListManifest
from edge.domain.frozen import frozen
from sync.artifact import PART_BYTES_MAX, artifact_body, read_list_body
from sync.central.store import figure_statements as figures_sql
from sync.central.store import rollout_statements as rollout_sql
from sync.central.store import statements as sql
from sync.central.store.port import Query, Work

PIECE_BYTES: Final = 256 * 1024
EVERYBODY: Final = ""
"""The audience of what no group alone is given."""


@frozen
class Publication:
    """Something new to put into force: kind, name and body, and the files that its body names as parts of a list.

    A file is stored as it travels, by its SHA-256; one that the centre holds already need not be given again.
    """

    kind: str
    name: str
    body: bytes
    files: tuple[bytes, ...] = ()


def edition_work(terminal: str = "") -> Work[tuple[int, bytes, bytes] | None]:
    """Return number, SHA-256 and file of the newest edition for a terminal, or None before the first.

    Without a name it is the newest of those that are for everybody.
    """
    audience = yield from audience_work(terminal)
    rows = yield Query(rollout_sql.EDITION_FOR, (audience,))
    if not rows:
        return None
    number, sha256, file = rows[0]
    return cast("int", number), cast("bytes", sha256), cast("bytes", file)


def audience_work(terminal: str) -> Work[str]:
    """Return the group that a terminal is in; empty: in none."""
    rows = (yield Query(rollout_sql.GROUP_OF, (terminal,))) if terminal else []
    return cast("str", rows[0][1]) if rows else EVERYBODY


def newest_edition_work(terminal: str = "") -> Work[int]:
    """Return the number of the newest edition for a terminal, 0 before the first."""
    found = yield from edition_work(terminal)
    return 0 if found is None else found[0]


def segment_work(sha256: bytes, start: int = 0, count: int = PART_BYTES_MAX) -> Work[bytes | None]:
    """Return ``count`` bytes from ``start`` on of the file of this hash, artifact or part; None: no such file."""
    rows = yield Query(sql.SEGMENT, (sha256,))
    if rows:
        return cast("bytes", rows[0][0])[start : start + count]
    if not (yield Query(sql.PIECES, (sha256, 0, 0))):
        return None
    first = start // PIECE_BYTES
    rows = yield Query(sql.PIECES, (sha256, first, (start + max(1, count) - 1) // PIECE_BYTES))
    skipped = start - first * PIECE_BYTES
    return b"".join(cast("bytes", piece) for (piece,) in rows)[skipped : skipped + count]


def segment_size_work(sha256: bytes) -> Work[int]:
    """Return how many bytes the file of this hash has; 0 where there is none."""
    rows = yield Query(sql.SEGMENT, (sha256,))
    if rows:
        return len(cast("bytes", rows[0][0]))
    rows = yield Query(figures_sql.FILE_SIZE, (sha256,))
    return int(cast("int", rows[0][0]))


def list_work(kind: str, name: str) -> Work[ListManifest | None]:
    """Return the manifest of the newest list that everybody has; None where there is none, or it lies inline."""
    rows = yield Query(rollout_sql.RELEASED, (kind, name))
    return read_list_body(artifact_body(cast("bytes", rows[0][2]))) if rows else None


def offers_work(terminal: str) -> Work[tuple[tuple[str, int], ...]]:
    """Return pairs of name and newest version for a terminal, as acks carry them."""
    number = yield from newest_edition_work(terminal)
    return ((EDITION, number),) if number else ()


def news_work() -> Work[int]:
    """Return the number of the newest edition, whomever it is for; 0 before the first."""
    rows = yield Query(sql.NEWEST, (EDITION, EDITION))
    return cast("int", rows[0][0]) if rows else 0
