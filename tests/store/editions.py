"""Editions on disk for tests of the reference data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from edge.crypto.signing import SigningKey
from edge.domain.exchange import Edition, SegmentRef
from edge.domain.tariff.flat import flat_tree
from sync.artifact import new_header, seal_artifact
from sync.tariff_wire import encode_tariff
from sync.wire import encode

CENTRE: Final = SigningKey(b"\7" * 32)


def artifact(kind: str, version: int, body: bytes, *, floor: int = 0, expires_ms: int = 0) -> bytes:
    """Return the file of an artifact named ``city-<kind>``."""
    header = new_header(kind, f"city-{kind}", version, body, floor=floor, expires_ms=expires_ms)
    return seal_artifact(CENTRE, header, body)


def tariff(version: int, fare_fen: int = 200) -> bytes:
    return artifact("tariff", version, encode_tariff([flat_tree("flat", fare_fen)]))


def deny(version: int, tokens: Iterable[bytes] = (), *, floor: int = 0) -> bytes:
    return artifact("deny_list", version, b"".join(sorted(tokens)), floor=floor)


def write_edition(
    state: Path, number: int, files: Iterable[tuple[str, int, bytes]], *, floor: int = 0, expires_ms: int = 0
) -> Path:
    """Write ``editions/<number>`` with segments given as (kind, version, file); returns the folder."""
    folder = state / "editions" / str(number)
    (folder / "segments").mkdir(parents=True)
    references = []
    for kind, version, content in files:
        digest = hashlib.sha256(content).digest()
        (folder / "segments" / digest.hex()).write_bytes(content)
        references.append(SegmentRef(kind, f"city-{kind}", version, digest))
    body = encode(Edition(tuple(references)))
    (folder / "manifest").write_bytes(artifact("edition", number, body, floor=floor, expires_ms=expires_ms))
    return folder


def plain_edition(
    state: Path,
    number: int,
    *,
    fare_fen: int = 200,
    tokens: Iterable[bytes] = (),
    floor: int = 0,
    deny_version: int = 0,
    deny_floor: int = 0,
    expires_ms: int = 0,
) -> Path:
    """Write an edition with one tariff and one deny list."""
    listed = deny_version or number
    files = [
        ("tariff", number, tariff(number, fare_fen)),
        ("deny_list", listed, deny(listed, tokens, floor=deny_floor)),
    ]
    return write_edition(state, number, files, floor=floor, expires_ms=expires_ms)
