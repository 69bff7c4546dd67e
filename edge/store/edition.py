"""One edition of the reference data on disk: a signed manifest and the signed files it names.

``N/manifest`` is the artifact of kind ``edition``; ``N/segments/<sha256>`` are the artifacts it refers to. Nothing in
an open edition changes any more.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.domain.errors import PolicyError, RemoteProtocolError
from edge.domain.exchange import ArtifactHeader, Edition, SegmentRef
from edge.domain.policy import Limits, Policy
from edge.domain.tariff.bundle import Bundle
from edge.store.deny_list import DenyList, check_tokens
from sync.artifact import open_artifact
from sync.tariff_wire import TARIFF_KIND, decode_tariff
from sync.wire import decode

DENY: Final = "deny_list"
LIMITS: Final = "limits"


@dataclass(frozen=True, slots=True)
class OpenEdition:
    """An edition whose every signature and hash was checked. ``headers``: the manifest's first."""

    number: int
    policy: Policy
    deny_list: DenyList
    headers: tuple[ArtifactHeader, ...]


@dataclass(frozen=True, slots=True)
class _Segment:
    path: Path
    header: ArtifactHeader
    body: bytes


def open_edition(folder: Path, centre_key: bytes) -> OpenEdition:
    """Check an edition whole and open it.

    Raises ``ARTIFACT_DAMAGED``, ``ARTIFACT_UNSIGNED``, ``ARTIFACT_FOREIGN``, ``TARIFF_INVALID``, or ``POLICY_MISSING``
    where it has no tariff or no deny list. Without an artifact of kind ``limits`` the shipped limits hold.
    """
    manifest, body = open_artifact(_read(folder / "manifest"), centre_key, kind="edition")
    segments = [_open_segment(folder, reference, centre_key) for reference in _references(body)]
    tariff, deny = _only(segments, TARIFF_KIND), _only(segments, DENY)
    limits = [segment for segment in segments if segment.header.kind == LIMITS]
    policy = Policy(manifest.version, _versions(tariff), _limits(_only(limits, LIMITS)) if limits else Limits())
    check_tokens(deny.body)
    headers = (manifest, *(segment.header for segment in segments))
    return OpenEdition(manifest.version, policy, DenyList(deny.path, len(deny.body)), headers)


def _references(body: bytes) -> tuple[SegmentRef, ...]:
    try:
        return decode(Edition, body).segments
    except RemoteProtocolError as error:
        raise PolicyError("ARTIFACT_DAMAGED", "the body of the manifest is not an edition") from error


def _open_segment(folder: Path, reference: SegmentRef, centre_key: bytes) -> _Segment:
    path = folder / "segments" / reference.sha256.hex()
    content = _read(path)
    if hashlib.sha256(content).digest() != reference.sha256:
        raise PolicyError("ARTIFACT_DAMAGED", f"{reference.name}: not the file that the manifest names")
    header, body = open_artifact(content, centre_key, kind=reference.kind)
    if (header.name, header.version) != (reference.name, reference.version):
        raise PolicyError("ARTIFACT_FOREIGN", f"{header.name} {header.version} in place of {reference.name}")
    return _Segment(path, header, body)


def _only(segments: list[_Segment], kind: str) -> _Segment:
    found = [segment for segment in segments if segment.header.kind == kind]
    if len(found) != 1:
        raise PolicyError("POLICY_MISSING", f"an edition has one artifact of kind {kind}, not {len(found)}")
    return found[0]


def _versions(tariff: _Segment) -> tuple[Bundle, ...]:
    versions = decode_tariff(tariff.body)
    if not versions:
        raise PolicyError("TARIFF_INVALID", f"{tariff.header.name}: no version of the tariff")
    return versions


def _limits(segment: _Segment) -> Limits:
    try:
        return decode(Limits, segment.body)
    except RemoteProtocolError as error:
        raise PolicyError("TARIFF_INVALID", f"{segment.header.name}: {error.args[0]}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PolicyError("ARTIFACT_DAMAGED", f"{path.name}: {error.strerror}") from error
