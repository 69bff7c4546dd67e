"""One edition of the reference data on disk: a signed manifest and the signed files it names.

``N/manifest`` is the artifact of kind ``edition``; ``N/segments/<sha256>`` are the artifacts it refers to, and the
parts of their lists. Nothing in an open edition changes any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from edge.crypto.signing import PublicKey
from edge.domain.errors import PolicyError, RemoteProtocolError
from edge.domain.exchange import EDITION, ArtifactHeader, Edition, Part, SegmentRef
from edge.domain.frozen import frozen
from edge.domain.limits_bounds import problems_of
from edge.domain.policy import Limits, Policy
from edge.domain.tariff.bundle import Bundle, build_bundle
from edge.ports.editions import ArtifactInForce, Steps, finished
from edge.store.one_value import OneValue
from edge.store.openers import OPENERS
from edge.store.segment import MappedList, Segment
from edge.store.verified import Verified, hashing
from sync.artifact import ARTIFACT_BYTES_MAX, open_artifact, read_list_body
from sync.deny_form import DENY_KIND
from sync.tariff_wire import TARIFF_KIND, decode_plain
from sync.value_forms import VALUE_TYPES
from sync.wire import decode

LIMITS: Final = "limits"
FIRST_TOKEN_KEY: Final = 1
"""The version by which a list finds media that names none."""

L = TypeVar("L", bound=MappedList)
V = TypeVar("V")


@frozen
class OpenEdition:
    """An edition whose every signature and hash was checked. ``segments`` are its artifacts, without their bodies."""

    number: int
    manifest: ArtifactHeader
    manifest_bytes: int
    policy: Policy
    segments: tuple[Segment, ...]
    lists: Mapping[tuple[str, str], MappedList]

    @property
    def headers(self) -> tuple[ArtifactHeader, ...]:
        """Return the headers of all its artifacts, the manifest's first."""
        return (self.manifest, *(segment.header for segment in self.segments))

    def lists_of(self, kind: str, wanted: type[L]) -> tuple[L, ...]:
        """Return the lists of a kind."""
        return tuple(found for (k, _), found in self.lists.items() if k == kind and isinstance(found, wanted))

    def value(self, wanted: type[V]) -> V | None:
        """Return the value of this type among its artifacts; None where it has none."""
        held = (found.value for found in self.lists.values() if isinstance(found, OneValue))
        return next((value for value in held if isinstance(value, wanted)), None)

    def parts(self) -> Iterator[tuple[Path, Part]]:
        """Yield every part of its lists with the file it lies in."""
        for segment in self.segments:
            yield from segment.files()

    def part_hashes(self) -> set[bytes]:
        """Return the hashes of every part of its lists."""
        return {part.sha256 for _, part in self.parts()}

    def contents(self) -> tuple[ArtifactInForce, ...]:
        """Return its artifacts with their sizes, the manifest first; they lie on the disk as long as it is in force."""
        described = [_described(segment, self.lists) for segment in self.segments]
        return (ArtifactInForce(self.manifest, self.manifest_bytes), *described)

    def close(self) -> None:
        """Let its maps go; idempotent."""
        for opened in self.lists.values():
            opened.close()


@frozen
class Trusted:
    """By what an edition is checked.

    ``ever`` are the keys that the centre ever had, ``newest`` those of which one must sign the manifest where it comes
    now; ``token_key`` is the version by which this terminal looks for media, 0 where it looks for none.
    """

    ever: PublicKey
    newest: PublicKey
    token_key: int = 0


def open_edition(folder: Path, centre_key: PublicKey) -> OpenEdition:
    """Check an edition whole and open it, at once; raises what :func:`opening` raises."""
    return finished(opening(folder, Trusted(centre_key, centre_key), Verified(folder / "none")))


def opening(
    folder: Path,
    trusted: Trusted,
    verified: Verified,
    before: OpenEdition | None = None,
    *,
    comes_now: bool = False,
) -> Steps[OpenEdition]:
    """Check an edition whole and open it, in steps. What ``before`` has read already is not read again.

    Raises ``ARTIFACT_DAMAGED``, ``ARTIFACT_UNSIGNED``, ``ARTIFACT_FOREIGN``, ``ARTIFACT_UNFIT``, ``TARIFF_INVALID``,
    ``LIMITS_INVALID``, or ``POLICY_MISSING`` where it has no tariff or no deny list. Without an artifact of kind
    ``limits`` the shipped limits hold.
    """
    file = _read(folder / "manifest")
    manifest, body = open_artifact(file, trusted.newest if comes_now else trusted.ever, kind=EDITION)
    segments: list[Segment] = []
    for reference in _references(body):
        yield
        segments.append((yield from _segment(folder, reference, trusted.ever)))
        _check_finds(segments[-1].header, trusted.token_key)
    policy = yield from _policy(manifest.version, segments, before)
    fresh = []
    for segment in segments:
        for path, part in segment.files():
            if (yield from verified.checking(path, part)):
                fresh.append(segment)
    lists = yield from _opened(segments, fresh)
    return OpenEdition(manifest.version, manifest, len(file), policy, tuple(map(_without_body, segments)), lists)


def _opened(segments: Iterable[Segment], fresh: Collection[Segment]) -> Steps[Mapping[tuple[str, str], MappedList]]:
    """Map every list that this release knows, and read once those with fresh parts; closes them where one fails."""
    lists: dict[tuple[str, str], MappedList] = {}
    known = [segment for segment in segments if segment.header.kind in OPENERS]
    with ExitStack() as stack:
        for segment in known:
            yield
            opened = OPENERS[segment.header.kind](segment)
            stack.callback(opened.close)
            if segment in fresh:
                yield from opened.reading()
            lists[segment.header.kind, segment.header.name] = opened
        _check_once([segment.header for segment in known])
        stack.pop_all()
    return lists


def _check_finds(header: ArtifactHeader, token_key: int) -> None:
    """Raise ``ARTIFACT_UNFIT`` for a list in which no medium would be found: all would pass, and none be entitled."""
    is_list = header.kind in OPENERS and header.kind not in VALUE_TYPES
    found_by = header.token_keys or ((FIRST_TOKEN_KEY,) if is_list else ())
    if token_key and found_by and token_key not in found_by:
        told = f"it finds media by token key {', '.join(map(str, found_by))}, this terminal has {token_key}"
        raise PolicyError("ARTIFACT_UNFIT", f"{header.name} {header.version}: {told}: enrol anew, or publish it anew")


def _check_once(headers: Sequence[ArtifactHeader]) -> None:
    """Raise ``ARTIFACT_DAMAGED`` where one list, or one kind of value, stands twice."""
    named = Counter(header.kind if header.kind in VALUE_TYPES else (header.kind, header.name) for header in headers)
    if any(count > 1 for count in named.values()):
        raise PolicyError("ARTIFACT_DAMAGED", "an edition that names one list or value twice")


def _references(body: bytes) -> tuple[SegmentRef, ...]:
    try:
        return decode(Edition, body).segments
    except RemoteProtocolError as error:
        raise PolicyError("ARTIFACT_DAMAGED", "the body of the manifest is not an edition") from error


def _segment(folder: Path, reference: SegmentRef, centre_key: PublicKey) -> Steps[Segment]:
    path = folder / "segments" / reference.sha256.hex()
    yield from hashing(path, reference.sha256, reference.name)
    file = _read(path)
    header, body = open_artifact(file, centre_key, kind=reference.kind)
    if (header.name, header.version) != (reference.name, reference.version):
        raise PolicyError("ARTIFACT_FOREIGN", f"{header.name} {header.version} in place of {reference.name}")
    manifest = read_list_body(body)
    parts = {part.role: folder / "segments" / part.sha256.hex() for part in manifest.parts} if manifest else {}
    return Segment(path, header, body, manifest, parts, len(file))


def _policy(number: int, segments: list[Segment], before: OpenEdition | None) -> Steps[Policy]:
    """Decode tariff and limits; the tariff of the edition before is taken over where it is the same."""
    tariff = _one(segments, TARIFF_KIND)
    if not any(segment.header.kind == DENY_KIND for segment in segments):
        raise PolicyError("POLICY_MISSING", f"an edition has an artifact of kind {DENY_KIND}")
    limits = _limits(_one(segments, LIMITS)) if any(s.header.kind == LIMITS for s in segments) else Limits()
    if before is not None and any(known.header == tariff.header for known in before.segments):
        return Policy(number, before.policy.versions, limits)
    versions: list[Bundle] = []
    for plain in decode_plain(tariff.body):
        yield
        versions.append(build_bundle(plain))
    if not versions:
        raise PolicyError("TARIFF_INVALID", f"{tariff.header.name}: no version of the tariff")
    return Policy(number, tuple(versions), limits)


def _one(segments: Iterable[Segment], kind: str) -> Segment:
    found = [segment for segment in segments if segment.header.kind == kind]
    if len(found) != 1:
        raise PolicyError("POLICY_MISSING", f"an edition has one artifact of kind {kind}, not {len(found)}")
    return found[0]


def _limits(segment: Segment) -> Limits:
    try:
        limits = decode(Limits, segment.body, older=True)
    except RemoteProtocolError as error:
        raise PolicyError("LIMITS_INVALID", f"{segment.header.name}: {error.args[0]}") from error
    if problems := problems_of(limits):
        raise PolicyError("LIMITS_INVALID", f"{segment.header.name}: {'; '.join(problems)}")
    return limits


def _without_body(segment: Segment) -> Segment:
    """Let a body go that was read: what is kept of it is decoded, or mapped."""
    return replace(segment, body=b"")


def _described(segment: Segment, lists: Mapping[tuple[str, str], MappedList]) -> ArtifactInForce:
    opened = lists.get((segment.header.kind, segment.header.name))
    return ArtifactInForce(segment.header, segment.size_bytes(), -1 if opened is None else len(opened))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > ARTIFACT_BYTES_MAX:
            raise PolicyError("ARTIFACT_DAMAGED", f"{path.name}: more than {ARTIFACT_BYTES_MAX} bytes")
        return path.read_bytes()
    except OSError as error:
        raise PolicyError("ARTIFACT_DAMAGED", f"{path.name}: {error.strerror}") from error


def expired_among(headers: Iterable[ArtifactHeader], now_ms: int) -> list[PolicyError]:
    """Return an error for every artifact that is past its expiry at ``now_ms`` (0: at no time)."""
    late = [header for header in headers if 0 < header.expires_ms <= now_ms]
    return [PolicyError("ARTIFACT_EXPIRED", f"{header.name} {header.version}") for header in late]
