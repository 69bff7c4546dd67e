"""Editions whose deny lists lie in parts, for tests: snapshots and deltas as the centre makes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edge.crypto.signing import SigningKey
from edge.domain.exchange import Edition, ListManifest, Part, SegmentRef
from edge.domain.tap import Token
from edge.domain.tariff.flat import flat_tree
from sync.artifact import list_body, new_header, seal_artifact
from sync.deny_form import (
    EXACT,
    FORM,
    OVERLAY,
    PROBE,
    delta_between,
    numbers_of,
    overlay_of,
    pack_delta,
    probe_of,
)
from sync.paths import MANIFEST_PATH, segment_path
from sync.tariff_wire import encode_tariff
from sync.wire import encode
from tests.store.editions import CENTRE


def token(number: int) -> Token:
    """Return a token as a keyed hash gives it: evenly spread."""
    return Token(hashlib.sha256(b"token %d" % number).digest()[:16])


def tokens(numbers: Iterable[int]) -> list[Token]:
    return [token(number) for number in numbers]


@dataclass(frozen=True)
class ListFiles:
    """One list: its manifest, its files as they are mapped, and as they travel."""

    manifest: ListManifest
    mapped: Mapping[str, bytes]
    wire: Mapping[bytes, bytes]


def snapshot(listed: Iterable[bytes]) -> ListFiles:
    """Return a list that is a snapshot alone."""
    exact = b"".join(sorted({each[:8] for each in listed}))
    mapped = {PROBE: probe_of(exact, sha256(exact)), EXACT: exact}
    parts = tuple(Part(role, sha256(file), len(file)) for role, file in mapped.items())
    return ListFiles(ListManifest(FORM, b"", len(exact) // 8, parts), mapped, by_hash(mapped.values()))


def over(held: ListFiles, listed: Iterable[bytes]) -> ListFiles:
    """Return the same list as a delta over the snapshot of another."""
    exact = held.mapped[EXACT]
    before = set(numbers_of(exact))
    after = set(numbers_of(b"".join(each[:8] for each in listed)))
    delta = delta_between(sha256(exact), after - before, before - after)
    overlay, packed = overlay_of(delta), pack_delta(delta)
    part = Part(OVERLAY, sha256(overlay), len(overlay), sha256(packed), len(packed))
    parts = (*(part for part in held.manifest.parts if part.role != OVERLAY), part)
    mapped = {PROBE: held.mapped[PROBE], EXACT: exact, OVERLAY: overlay}
    wire = by_hash([held.mapped[PROBE], exact, packed])
    return ListFiles(ListManifest(FORM, delta.snapshot, len(after), parts), mapped, wire)


@dataclass
class Shipped:
    """One edition as the centre would publish it: its manifest, its artifacts, and the parts of its lists."""

    number: int
    lists: Mapping[str, ListFiles]
    fare_fen: int = 200
    key: SigningKey = CENTRE
    floor: int = 0
    list_versions: Mapping[str, int] = field(default_factory=dict)
    extra: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    expires_ms: int = 0

    def artifacts(self) -> dict[tuple[str, str, int], bytes]:
        """Return its artifacts by kind, name and version."""
        bodies: dict[tuple[str, str], bytes] = {
            ("tariff", "tariff"): encode_tariff([flat_tree("flat", self.fare_fen)]),
            **{("deny_list", name): list_body(files.manifest) for name, files in self.lists.items()},
            **self.extra,
        }
        return {
            (kind, name, version): seal_artifact(self.key, new_header(kind, name, version, body), body)
            for (kind, name), body in bodies.items()
            for version in (self.list_versions.get(name, self.number),)
        }

    def manifest(self) -> bytes:
        """Return the signed manifest of the edition."""
        references = tuple(SegmentRef(*key, sha256(file)) for key, file in self.artifacts().items())
        body = encode(Edition(references))
        header = new_header("edition", "edition", self.number, body, floor=self.floor, expires_ms=self.expires_ms)
        return seal_artifact(self.key, header, body)

    def write(self, state: Path) -> Path:
        """Write it where the sync process stages it; returns the folder."""
        folder = state / "editions" / str(self.number)
        (folder / "segments").mkdir(parents=True)
        mapped = [file for files in self.lists.values() for file in files.mapped.values()]
        for file in (*self.artifacts().values(), *mapped):
            (folder / "segments" / sha256(file).hex()).write_bytes(file)
        (folder / "manifest").write_bytes(self.manifest())
        return folder

    def served(self) -> dict[str, bytes]:
        """Return every file under the path at which the centre serves it."""
        files = by_hash(self.artifacts().values())
        for listed in self.lists.values():
            files |= listed.wire
        return {MANIFEST_PATH: self.manifest(), **{segment_path(name): file for name, file in files.items()}}


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def by_hash(files: Iterable[bytes]) -> dict[bytes, bytes]:
    return {sha256(file): file for file in files}
