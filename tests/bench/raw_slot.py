"""The floor of durability: one preallocated slot of 512 bytes, overwritten and flushed with fdatasync."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

SLOT_BYTES: Final = 512
SLOTS: Final = 2048


class RawSlots:
    """A ring of slots; see :func:`raw_slots`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._next = 0

    def write(self) -> None:
        """Make one slot durable."""
        os.pwrite(self._descriptor, self._next.to_bytes(SLOT_BYTES, "big"), self._next % SLOTS * SLOT_BYTES)
        os.fdatasync(self._descriptor)
        self._next += 1


@contextmanager
def raw_slots(folder: Path) -> Iterator[RawSlots]:
    """Make the ring in ``folder``, written once through, so that no later write extends the file."""
    descriptor = os.open(folder / "raw-slots", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.pwrite(descriptor, b"\xff" * (SLOTS * SLOT_BYTES), 0)
        os.fsync(descriptor)
        yield RawSlots(descriptor)
    finally:
        os.close(descriptor)
