"""Which files this terminal has hashed itself, so that a start need not hash a hundred megabytes again.

One small file beside the editions. A line holds for a file as it lay on the disk then: another inode, size or time of
change, and it is hashed anew. Losing the note costs time, nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import Final

from edge.crypto.signing import write_durably
from edge.domain.errors import PolicyError, RemoteProtocolError
from edge.domain.exchange import Part
from edge.ports.editions import Steps
from sync.wire import pack, unpack

SLICE_BYTES: Final = 64 * 1024
"""Hashed in one step: well below a millisecond on the slowest processor that is served."""

Stamp = tuple[int, int, int]
"""Size, inode and time of the last change of a file."""


class Verified:
    """Hashes of files that were found right, by their stamps; kept in ``path``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamps = _read(path)
        self._changed = False

    def checking(self, path: Path, part: Part) -> Steps[bool]:
        """Hash a part in slices, unless it was; returns whether it is new to this terminal.

        Raises ``ARTIFACT_DAMAGED`` where it is not what it should be.
        """
        if self._stamps.get(part.sha256) == stamp_of(path, part.size_bytes):
            return False
        yield from self.hashing(path, part)
        return True

    def hashing(self, path: Path, part: Part) -> Steps[None]:
        """Hash a part in slices, whatever was noted."""
        stamp = stamp_of(path, part.size_bytes)
        self._changed |= self._stamps.pop(part.sha256, None) != stamp
        yield from hashing(path, part.sha256, part.role)
        self._stamps[part.sha256] = stamp

    def save(self) -> None:
        """Write the note where it says more than before; raises ``STORE_IO`` or ``STORE_FULL``."""
        if self._changed:
            self.keep(self._stamps.keys())

    def keep(self, wanted: Collection[bytes]) -> None:
        """Write the note where it changed, with these hashes alone; raises ``STORE_IO`` or ``STORE_FULL``."""
        kept = {sha256: stamp for sha256, stamp in self._stamps.items() if sha256 in wanted}
        if self._changed or kept != self._stamps:
            write_durably(self._path, pack([[sha256, *stamp] for sha256, stamp in sorted(kept.items())]))
        self._stamps, self._changed = kept, False


def hashing(path: Path, sha256: bytes, name: str) -> Steps[None]:
    """Hash a file in slices; raises ``ARTIFACT_DAMAGED`` where the hash is another."""
    digest = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while piece := file.read(SLICE_BYTES):
                digest.update(piece)
                yield
    except OSError as error:
        raise PolicyError("ARTIFACT_DAMAGED", f"{name}: {error.strerror}") from error
    if digest.digest() != sha256:
        raise PolicyError("ARTIFACT_DAMAGED", f"{name}: not the file that the manifest names")


def stamp_of(path: Path, size_bytes: int) -> Stamp:
    """Return how a file lies on the disk; raises ``ARTIFACT_DAMAGED`` where it is absent or of another size."""
    try:
        found = path.stat()
    except OSError as error:
        raise PolicyError("ARTIFACT_DAMAGED", f"{path.name}: {error.strerror}") from error
    if found.st_size != size_bytes:
        raise PolicyError("ARTIFACT_DAMAGED", f"{path.name}: {found.st_size} bytes instead of {size_bytes}")
    return found.st_size, found.st_ino, found.st_mtime_ns


def _read(path: Path) -> dict[bytes, Stamp]:
    try:
        return {bytes(sha256): (size, inode, changed) for sha256, size, inode, changed in unpack(path.read_bytes())}
    except (OSError, RemoteProtocolError, TypeError, ValueError):
        return {}  # hashed again: what is lost is time
