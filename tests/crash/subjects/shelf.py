"""The centre as a downlink sees it: a shelf of signed editions, each told apart by its fare."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from edge.domain.exchange import Edition, SegmentRef
from sync.artifact import new_header, seal_artifact
from sync.centre_link import Reply
from sync.paths import ARTIFACT_TYPE, MANIFEST_PATH, PART_TYPE, segment_path
from sync.wire import encode
from tests.store import drafts
from tests.store.editions import CENTRE, deny, tariff

DENY_EVERY: Final = 3
"""The deny list changes with every third edition; in between, its file is the same."""


def fare_of(edition: int) -> int:
    """Return the flat fare of an edition, fen."""
    return 100 + edition


def deny_version_of(edition: int) -> int:
    """Return the version of the deny list in an edition; each names the tokens of all holders up to its version."""
    return (edition + DENY_EVERY - 1) // DENY_EVERY


@dataclass(frozen=True, slots=True)
class Shelf:
    """A link that answers from prepared files."""

    files: Mapping[str, bytes]

    async def get(self, path: str, *, etag: str = "", limit: int = 0) -> Reply:
        """Return a file, or that it is unchanged."""
        body = self.files[path]
        tag = hashlib.sha256(body).hexdigest()
        return Reply(304, "", {}, b"") if etag == tag else Reply(200, ARTIFACT_TYPE, {"ETag": tag}, body[:limit])

    async def piece(self, path: str, start: int, limit: int) -> Reply:
        """Return a range of a file."""
        return Reply(206, PART_TYPE, {}, self.files[path][start : start + limit])


@cache
def shelf(edition: int) -> Shelf:
    """Return the shelf on which this edition is the newest; it forbids all earlier ones."""
    listed = deny_version_of(edition)
    files = {
        ("tariff", edition): tariff(edition, fare_of(edition)),
        ("deny_list", listed): deny(listed, map(drafts.token_of, range(1, 40 * listed)), floor=listed),
    }
    references = tuple(
        SegmentRef(kind, f"city-{kind}", version, hashlib.sha256(file).digest())
        for (kind, version), file in files.items()
    )
    body = encode(Edition(references))
    manifest = seal_artifact(CENTRE, new_header("edition", "edition", edition, body, floor=edition), body)
    segments = {segment_path(hashlib.sha256(file).digest()): file for file in files.values()}
    return Shelf({MANIFEST_PATH: manifest, **segments})
