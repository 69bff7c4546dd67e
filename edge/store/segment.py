"""One checked artifact of an edition: its header, and its content inline or in files beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Protocol

from edge.domain.errors import PolicyError
from edge.domain.exchange import ArtifactHeader, ListManifest, Part
from edge.domain.frozen import frozen
from edge.ports.editions import Steps


@frozen
class Segment:
    """An artifact whose signature and hashes hold. ``path`` is its own file (``file_bytes``), ``body`` its signed body.

    For a list ``manifest`` says what ``parts`` (role -> file) hold; None where the content is the body itself.
    """

    path: Path
    header: ArtifactHeader
    body: bytes
    manifest: ListManifest | None = None
    parts: Mapping[str, Path] = field(default_factory=dict)
    file_bytes: int = 0

    def part(self, role: str) -> Path:
        """Return the file of this role; raises ``ARTIFACT_DAMAGED`` where the list has none."""
        try:
            return self.parts[role]
        except KeyError:
            raise PolicyError("ARTIFACT_DAMAGED", f"{self.header.name}: a list without the part {role}") from None

    def files(self) -> Iterator[tuple[Path, Part]]:
        """Yield each part with the file it lies in."""
        for part in self.manifest.parts if self.manifest else ():
            yield self.parts[part.role], part

    def size_bytes(self) -> int:
        """Return what artifact and parts take on the disk."""
        return self.file_bytes + sum(part.size_bytes for _, part in self.files())

    def sha256(self, role: str) -> bytes:
        """Return the hash of the part of this role, empty where the list has none."""
        parts = self.manifest.parts if self.manifest else ()
        return next((part.sha256 for part in parts if part.role == role), b"")

    @property
    def snapshot(self) -> bytes:
        """Return the hash of what a delta of this list applies to, empty where it has none."""
        return self.manifest.snapshot if self.manifest else b""

    @property
    def entries(self) -> int:
        """Return how many entries the list says that it has; 0 where it lies inline."""
        return self.manifest.entries if self.manifest else 0

    def form(self, known: int) -> None:
        """Raise ``ARTIFACT_FOREIGN`` where the parts are laid out in another form than the one that is known."""
        found = 0 if self.manifest is None else self.manifest.form
        if found != known:
            raise PolicyError("ARTIFACT_FOREIGN", f"{self.header.name}: form {found} of its parts, known is {known}")


class MappedList(Protocol):
    """The content of one list, mapped from its files: open until its edition is let go."""

    def __len__(self) -> int:
        """Return how many entries are in force."""
        ...

    def reading(self) -> Steps[None]:
        """Read once, in steps, what opening left to the look-ups; raises ``ARTIFACT_DAMAGED``."""
        ...

    def close(self) -> None:
        """Give the maps back; idempotent."""
        ...
