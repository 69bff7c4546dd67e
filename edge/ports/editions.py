"""How reference data is put into force: in steps between which taps may come, and back again where it fails."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from edge.domain.exchange import ArtifactHeader
from edge.domain.frozen import frozen
from edge.domain.slots import Slots
from edge.domain.tap import Token
from edge.ports.world import Reference

T = TypeVar("T")

Steps = Generator[None, None, T]
"""Work in small pieces, about a millisecond each at most: it yields wherever a tap may come between."""


def finished(steps: Steps[T]) -> T:
    """Do the work at once, where no tap can come between, and return its result."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result


@frozen
class ArtifactInForce:
    """One artifact of the edition in force: its header, its size on the disk, how many entries it lists (-1: none)."""

    header: ArtifactHeader
    size_bytes: int
    entries: int = -1


class EditionKeeper(Reference, Protocol):
    """The reference data and the two slots it lies in. The last step of each piece of work is the swap itself."""

    def slots(self) -> Slots:
        """Return which editions are in force and before it."""
        ...

    def returnable(self) -> int:
        """Return the number of the previous edition, 0 where there is none or the floors forbid it."""
        ...

    def installing(self, folder: Path, *, trusted_ms: int = 0) -> Steps[int]:
        """Check the edition in ``folder`` and put it into force; returns its number.

        ``trusted_ms`` is the time by which expiry is judged, 0 where no time is trusted. Raises PolicyError, or
        StoreError where it cannot be noted; the edition before then stays in force.
        """
        ...

    def returning(self, reason: str) -> Steps[int]:
        """Put the previous edition into force again; the other is not taken again where ``reason`` is not empty.

        Raises PolicyError where there is none that stands its check, or the floors forbid it.
        """
        ...

    def rechecking(self) -> Steps[None]:
        """Hash every part in force once more; raises ``ARTIFACT_DAMAGED``. Ends early where the edition changes."""
        ...

    def prove(self) -> None:
        """End the probation of the edition in force."""
        ...

    def staged(self) -> Path | None:
        """Return the folder of the newest edition above the one in force that may be taken."""
        ...

    def in_force(self) -> Sequence[ArtifactInForce]:
        """Return the artifacts in force, the edition's own first; none where no edition is installed."""
        ...

    def lists_naming(self, token: Token) -> Sequence[str]:
        """Return the names of the deny lists that name this token; raises ``POLICY_MISSING``."""
        ...
