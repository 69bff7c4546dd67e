"""The tariffs that editions had: what prices a tap at the centre is what its terminal had in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import cast

from edge.domain.errors import PolicyError
from edge.domain.exchange import Edition
from edge.domain.frozen import mutable
from edge.domain.tariff.bundle import Bundle
from sync.artifact import artifact_body
from sync.central.claims import limits_work
from sync.central.store import book_statements as books
from sync.central.store import statements as sql
from sync.central.store.port import Query, Work
from sync.tariff_wire import TARIFF_KIND, decode_tariff
from sync.wire import decode

Versions = tuple[Bundle, ...]


@mutable
class Tariffs:
    """What one run of the worker has read so far: an edition never changes, and many have one tariff."""

    of_edition: dict[int, Versions] = field(default_factory=dict)
    of_file: dict[bytes, Versions] = field(default_factory=dict)
    limits: dict[str, int | None] = field(default_factory=dict)

    def versions_work(self, edition: int) -> Work[Versions]:
        """Return the versions of the tariff of an edition; none where it was never published, or nobody can read it."""
        if edition not in self.of_edition:
            sha256 = yield from _tariff_of(edition)
            if sha256 and sha256 not in self.of_file:
                ((file,),) = yield Query(sql.SEGMENT, (sha256,))
                self.of_file[sha256] = _read(artifact_body(cast("bytes", file)))
            self.of_edition[edition] = self.of_file.get(sha256, ())
        return self.of_edition[edition]

    def limits_work(self, counters: Iterable[str]) -> Work[Mapping[str, int]]:
        """Return the limits of counters, by the newest tariff that knows each."""
        wanted = set(counters)
        if unknown := wanted - self.limits.keys():
            found = yield from limits_work(unknown)
            self.limits.update({counter: found.get(counter) for counter in unknown})
        return {counter: limit for counter in wanted if (limit := self.limits[counter]) is not None}


def _read(packed: bytes) -> Versions:
    try:
        return decode_tariff(packed)
    except PolicyError:
        return ()  # its rides are found as unpriced


def _tariff_of(edition: int) -> Work[bytes]:
    """Return the SHA-256 of the tariff's file in an edition, empty where there is none."""
    rows = yield Query(books.EDITION_FILE, (edition,))
    if not rows:
        return b""
    listed = decode(Edition, artifact_body(cast("bytes", rows[0][0])))
    return next((segment.sha256 for segment in listed.segments if segment.kind == TARIFF_KIND), b"")
