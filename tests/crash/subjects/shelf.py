"""The centre as a downlink sees it: a shelf of signed editions, each told apart by its fare."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from edge.domain.exchange import Edition, SegmentRef
from sync.artifact import list_body, new_header, seal_artifact
from sync.centre_link import Reply
from sync.paths import ARTIFACT_TYPE, MANIFEST_PATH, PART_TYPE, segment_path
from sync.wire import encode
from tests.store import drafts
from tests.store.editions import CENTRE, deny, tariff
from tests.store.list_editions import ListFiles, over, snapshot, tokens

PARTED: Final = "bank_card"
"""The deny list that lies in parts; the other one lies in its artifact."""

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


SNAPSHOT_EVERY: Final = 6
LISTED: Final = 80


def listed_numbers(edition: int) -> range:
    """Return which tokens the list in parts names in an edition: ten others every time."""
    return range(10 * edition, 10 * edition + LISTED)


@cache
def list_in_parts(edition: int) -> ListFiles:
    """Return the list of an edition: a snapshot now and then, in between a delta over the last of them."""
    newest = edition - (edition - 1) % SNAPSHOT_EVERY
    held = snapshot(tokens(listed_numbers(newest)))
    return held if newest == edition else over(held, tokens(listed_numbers(edition)))


@cache
def shelf(edition: int, allowed: int = 0) -> Shelf:
    """Return the shelf on which this edition is the newest; it forbids all but itself and ``allowed`` earlier ones."""
    listed, floor = deny_version_of(edition), edition - allowed
    denied = map(drafts.token_of, range(1, 40 * listed))
    files = {
        ("tariff", edition): tariff(edition, fare_of(edition)),
        ("deny_list", listed): deny(listed, denied, floor=deny_version_of(floor)),
    }
    references = tuple(
        SegmentRef(kind, f"city-{kind}", version, hashlib.sha256(file).digest())
        for (kind, version), file in files.items()
    )
    parted = list_in_parts(edition)
    listed_body = list_body(parted.manifest)
    artifact = seal_artifact(CENTRE, new_header("deny_list", PARTED, edition, listed_body), listed_body)
    references += (SegmentRef("deny_list", PARTED, edition, hashlib.sha256(artifact).digest()),)
    body = encode(Edition(references))
    manifest = seal_artifact(CENTRE, new_header("edition", "edition", edition, body, floor=max(floor, 1)), body)
    segments = {segment_path(hashlib.sha256(file).digest()): file for file in (*files.values(), artifact)}
    parts = {segment_path(name): file for name, file in parted.wire.items()}
    return Shelf({MANIFEST_PATH: manifest, **segments, **parts})
