"""Reference data at the centre: signed artifacts, and the editions that put them into force together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from edge.domain.errors import PolicyError
from edge.domain.exchange import EDITION, Edition, ListManifest, SegmentRef
from sync.artifact import PART_BYTES_MAX, artifact_body, new_header, read_list_body, seal_artifact
from sync.central.facts import PUBLISHING, VERSION_FLOOR, fact_work, take_turn
from sync.central.keys import CentreKeys
from sync.central.store import figure_statements as figures_sql
from sync.central.store import statements as sql
from sync.central.store.port import Query, Work, insert_rows
from sync.tariff_wire import TARIFF_KIND
from sync.wire import encode

PIECE_BYTES: Final = 256 * 1024
NEEDED: Final = frozenset({TARIFF_KIND, "deny_list"})


@dataclass(frozen=True, slots=True)
class Publication:
    """Something new to put into force: kind, name and body, and the files that its body names as parts of a list.

    A file is stored as it travels, by its SHA-256; one that the centre holds already need not be given again.
    """

    kind: str
    name: str
    body: bytes
    files: tuple[bytes, ...] = ()


def publish_work(publications: Sequence[Publication], keys: CentreKeys, now_ms: int) -> Work[int]:
    """Sign each publication as the next version of its name, then a new edition of all newest; returns its number.

    One that says what its newest version says already keeps that version: nothing of it is sent again.

    Raises ``POLICY_MISSING`` where the edition would lack a part that every terminal needs: none would take it.
    """
    yield from take_turn(PUBLISHING)
    for publication in publications:
        for file in publication.files:
            yield from _keep(file)
        if not (yield from _is_in_force(publication)):
            yield from _seal(publication.kind, publication.name, publication.body, keys, now_ms)
    rows = yield Query(sql.NEWEST_OF_ALL)
    segments = tuple(
        SegmentRef(cast("str", kind), cast("str", name), cast("int", version), cast("bytes", sha256))
        for kind, name, version, sha256 in rows
    )
    lacking = NEEDED - {segment.kind for segment in segments}
    if lacking:
        raise PolicyError("POLICY_MISSING", f"an edition also needs: {', '.join(sorted(lacking))}")
    return (yield from _seal(EDITION, EDITION, encode(Edition(segments)), keys, now_ms))


def _is_in_force(publication: Publication) -> Work[bool]:
    """Say whether the newest version of this name has the same body, and may be in force."""
    rows = yield Query(sql.NEWEST, (publication.kind, publication.name))
    least = yield from fact_work(VERSION_FLOOR, 1)
    if not rows or cast("int", rows[0][0]) < least:
        return False
    return artifact_body(cast("bytes", rows[0][2])) == publication.body


def _seal(kind: str, name: str, body: bytes, keys: CentreKeys, now_ms: int) -> Work[int]:
    """Store the next version; it forbids all but itself and the one before, to which a terminal may have to return.

    Returns the version.
    """
    rows = yield Query(sql.NEWEST, (kind, name))
    least = yield from fact_work(VERSION_FLOOR, 1)
    before = cast("int", rows[0][0]) if rows else 0
    version = max(before + 1, least)
    header = new_header(kind, name, version, body, floor=before or version, not_before_ms=now_ms)
    file = seal_artifact(keys.signing, header, body)
    yield insert_rows(sql.ADD_ARTIFACT, [(kind, name, version, hashlib.sha256(file).digest(), now_ms, file)])
    return version


def manifest_work() -> Work[tuple[bytes, bytes] | None]:
    """Return file and SHA-256 of the newest edition's manifest, or None before the first."""
    rows = yield Query(sql.NEWEST, (EDITION, EDITION))
    return (cast("bytes", rows[0][2]), cast("bytes", rows[0][1])) if rows else None


def newest_edition_work() -> Work[int]:
    """Return the number of the newest edition, 0 before the first."""
    rows = yield Query(sql.NEWEST, (EDITION, EDITION))
    return cast("int", rows[0][0]) if rows else 0


def _keep(file: bytes) -> Work[None]:
    """Store the file of a part, piece by piece, unless it is there: the same file serves many versions of a list."""
    sha256 = hashlib.sha256(file).digest()
    if (yield Query(sql.PIECES, (sha256, 0, 0))):
        return
    for place, at in enumerate(range(0, max(1, len(file)), PIECE_BYTES)):
        yield insert_rows(sql.ADD_PIECE, [(sha256, place, file[at : at + PIECE_BYTES])])


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
    """Return the manifest of the newest list of this name; None where there is none, or it lies inline."""
    rows = yield Query(sql.NEWEST, (kind, name))
    return read_list_body(artifact_body(cast("bytes", rows[0][2]))) if rows else None


def offers_work() -> Work[tuple[tuple[str, int], ...]]:
    """Return pairs of name and newest version that acks carry."""
    rows = yield Query(sql.OFFERS)
    return tuple((cast("str", name), cast("int", version)) for name, version in rows)
