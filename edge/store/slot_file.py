"""The two slots on disk: one small file beside the editions, replaced durably."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.crypto.signing import write_durably
from edge.domain.errors import PolicyError, RemoteProtocolError
from edge.domain.slots import Slots
from sync.wire import decode, encode


class SlotFile:
    """Keeps :class:`~edge.domain.slots.Slots` in ``path``; empty slots where the file does not exist."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.slots = Slots()

    def load(self) -> None:
        """Read the file; raises ``ARTIFACT_DAMAGED``, and the slots are then empty."""
        self.slots = Slots()
        if not self._path.exists():
            return
        try:
            self.slots = decode(Slots, self._path.read_bytes())
        except (OSError, RemoteProtocolError) as error:
            raise PolicyError("ARTIFACT_DAMAGED", f"{self._path.name}: not the two slots") from error

    def assume(self, slots: Slots) -> None:
        """Go by other slots without writing them: the next change does."""
        self.slots = slots

    @contextmanager
    def changed(self, slots: Slots) -> Iterator[None]:
        """Change the slots around work that must succeed as well; where it fails, the former ones are assumed."""
        before = self.slots
        self.change(slots)
        try:
            yield
        except BaseException:  # also where the work is given up
            self.slots = before
            raise

    def change(self, slots: Slots) -> None:
        """Write other slots; raises ``STORE_IO`` or ``STORE_FULL``, and nothing has changed."""
        if slots != self.slots:
            write_durably(self._path, encode(slots))
            self.slots = slots
