"""The one envelope of everything that comes down: a signed header over the hash of a body.

File form: msgpack ``[header, signature, body]``, where header is the array of :class:`ArtifactHeader` and the signature
is Ed25519 over ``statement(ARTIFACT_PURPOSE, header)``. The same file may come by HTTP or through a cache.

A small body lies in the file itself. That of a long list is ``statement(LIST_PURPOSE, ListManifest)``: it names the
files, immutable and known by their SHA-256, that are shipped as the terminal maps them.
"""

from __future__ import annotations

import hashlib
from typing import Final

from edge.crypto.signing import PublicKey, SigningKey, verify
from edge.domain.errors import PolicyError, RemoteProtocolError
from edge.domain.exchange import ARTIFACT_PURPOSE, LIST_PURPOSE, ArtifactHeader, ListManifest, Part
from sync.wire import from_plain, pack, statement, to_plain, unpack

ARTIFACT_BYTES_MAX: Final = 64 * 1024 * 1024
PARTS_MAX: Final = 16
PART_BYTES_MAX: Final = 512 * 1024 * 1024
ENTRIES_MAX: Final = 50_000_000
HASH_BYTES: Final = 32
LIST_MARK: Final = pack([LIST_PURPOSE, []])[:-1]
"""How the body of a list begins; no list of tokens, no tariff and no limits begin so."""


def seal_artifact(key: SigningKey, header: ArtifactHeader, body: bytes) -> bytes:
    """Return the file bytes of an artifact; ``header.sha256`` must be the body's hash."""
    return pack([_plain(header), key.sign(statement(ARTIFACT_PURPOSE, _plain(header))), body])


def new_header(
    kind: str, name: str, version: int, body: bytes, *, floor: int = 0, not_before_ms: int = 0, expires_ms: int = 0
) -> ArtifactHeader:
    """Return the header for ``body``."""
    return ArtifactHeader(kind, name, version, floor, not_before_ms, expires_ms, hashlib.sha256(body).digest())


def open_artifact(file_bytes: bytes, centre_key: PublicKey, *, kind: str) -> tuple[ArtifactHeader, bytes]:
    """Return header and body of an artifact file.

    Raises ``ARTIFACT_DAMAGED``, ``ARTIFACT_UNSIGNED`` or ``ARTIFACT_FOREIGN`` (another kind). Floor and dates are the
    caller's business: they depend on what is installed and on trusted time.
    """
    header, signature, body = _opened(file_bytes)
    try:
        verify(centre_key, signature, statement(ARTIFACT_PURPOSE, _plain(header)))
    except RemoteProtocolError as error:
        raise PolicyError("ARTIFACT_UNSIGNED", f"{header.name} version {header.version}") from error
    if hashlib.sha256(body).digest() != header.sha256:
        raise PolicyError("ARTIFACT_DAMAGED", f"{header.name} version {header.version}: hash of the body differs")
    if header.kind != kind:
        raise PolicyError("ARTIFACT_FOREIGN", f"{header.name} is of kind {header.kind}, not {kind}")
    return header, body


def _opened(file_bytes: bytes) -> tuple[ArtifactHeader, bytes, bytes]:
    """Return header, signature and body, as they say they are."""
    try:
        header_plain, signature, body = unpack(file_bytes, limit=ARTIFACT_BYTES_MAX)
        header = from_plain(ArtifactHeader, header_plain, older=True)
    except (RemoteProtocolError, ValueError, TypeError) as error:
        raise PolicyError("ARTIFACT_DAMAGED", "not an artifact file") from error
    if not isinstance(signature, bytes) or not isinstance(body, bytes):
        raise PolicyError("ARTIFACT_DAMAGED", f"{header.name}: not an artifact file")
    return header, signature, body


def sealed_by(key: SigningKey, file_bytes: bytes) -> bytes:
    """Return an artifact that the caller has made or checked, signed by this key; raises ``ARTIFACT_DAMAGED``."""
    header, _, body = _opened(file_bytes)
    return seal_artifact(key, header, body)


def _plain(header: ArtifactHeader) -> object:
    """Return a header as it is signed: one that names no token keys is what earlier releases read."""
    plain = to_plain(header)
    return plain if header.token_keys or not isinstance(plain, list) else plain[:-1]


def artifact_header(file_bytes: bytes) -> ArtifactHeader:
    """Return the header of an artifact that the caller has made or checked itself; raises ``ARTIFACT_DAMAGED``."""
    return _opened(file_bytes)[0]


def artifact_body(file_bytes: bytes) -> bytes:
    """Return the body of an artifact that the caller has made or checked itself; raises ``ARTIFACT_DAMAGED``."""
    return _opened(file_bytes)[2]


def list_body(manifest: ListManifest) -> bytes:
    """Return the body of an artifact whose content lies in the manifest's parts."""
    return statement(LIST_PURPOSE, manifest)


def read_list_body(body: bytes) -> ListManifest | None:
    """Return the manifest in a body, None where the body is the content itself.

    Raises ``ARTIFACT_DAMAGED`` where a manifest is malformed or asks for more than any terminal may be asked to hold.
    """
    if not body.startswith(LIST_MARK):
        return None
    try:
        manifest = from_plain(ListManifest, unpack(body)[1])
    except (RemoteProtocolError, ValueError, IndexError) as error:
        raise PolicyError("ARTIFACT_DAMAGED", "not the manifest of a list") from error
    roles = [part.role for part in manifest.parts]
    if not 0 < len(roles) <= PARTS_MAX or len(set(roles)) != len(roles):
        raise PolicyError("ARTIFACT_DAMAGED", f"a list of {len(roles)} parts, {len(set(roles))} of them different")
    if not 0 <= manifest.entries <= ENTRIES_MAX or not all(map(_is_sound, manifest.parts)):
        raise PolicyError("ARTIFACT_DAMAGED", "a list whose sizes or hashes are out of bounds")
    return manifest


def _is_sound(part: Part) -> bool:
    sizes = (part.size_bytes, part.packed_bytes)
    hashes = len(part.sha256) == HASH_BYTES and len(part.packed_sha256) in (0, HASH_BYTES)
    return hashes and all(0 <= size <= PART_BYTES_MAX for size in sizes)
