"""Reference data at the centre: signed artifacts, and the editions that put them into force together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from edge.domain.errors import PolicyError
from edge.domain.exchange import Edition, SegmentRef
from sync.artifact import new_header, seal_artifact
from sync.central.facts import VERSION_FLOOR, fact_work
from sync.central.keys import CentreKeys
from sync.central.store import statements as sql
from sync.central.store.port import Query, Work, insert_rows
from sync.tariff_wire import TARIFF_KIND
from sync.wire import encode

EDITION: Final = "edition"
NEEDED: Final = frozenset({TARIFF_KIND, "deny_list"})


@dataclass(frozen=True, slots=True)
class Publication:
    """Something new to put into force: kind, name and body."""

    kind: str
    name: str
    body: bytes


def publish_work(publications: Sequence[Publication], keys: CentreKeys, now_ms: int) -> Work[int]:
    """Sign each publication as the next version of its name, then a new edition of all newest; returns its number.

    Raises ``POLICY_MISSING`` where the edition would lack a part that every terminal needs: none would take it.
    """
    for publication in publications:
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


def _seal(kind: str, name: str, body: bytes, keys: CentreKeys, now_ms: int) -> Work[int]:
    """Store the next version; it forbids all earlier ones. Returns the version."""
    rows = yield Query(sql.NEWEST, (kind, name))
    floor = yield from fact_work(VERSION_FLOOR, 1)
    version = max(cast("int", rows[0][0]) + 1 if rows else 1, floor)
    header = new_header(kind, name, version, body, floor=version, not_before_ms=now_ms)
    file = seal_artifact(keys.signing, header, body)
    yield insert_rows(sql.ADD_ARTIFACT, [(kind, name, version, hashlib.sha256(file).digest(), now_ms, file)])
    return version


def manifest_work() -> Work[tuple[bytes, bytes] | None]:
    """Return file and SHA-256 of the newest edition's manifest, or None before the first."""
    rows = yield Query(sql.NEWEST, (EDITION, EDITION))
    return (cast("bytes", rows[0][2]), cast("bytes", rows[0][1])) if rows else None


def segment_work(sha256: bytes) -> Work[bytes | None]:
    """Return the artifact file of this hash, or None."""
    rows = yield Query(sql.SEGMENT, (sha256,))
    return cast("bytes", rows[0][0]) if rows else None


def offers_work() -> Work[tuple[tuple[str, int], ...]]:
    """Return pairs of name and newest version that acks carry."""
    rows = yield Query(sql.OFFERS)
    return tuple((cast("str", name), cast("int", version)) for name, version in rows)
