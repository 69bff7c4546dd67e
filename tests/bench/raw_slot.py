"""The floor of durability: one preallocated slot of 512 bytes, overwritten and flushed with fdatasync."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

SLOT_BYTES: Final = 512
SLOTS: Final = 2048
PAGE_BYTES: Final = 4096


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
    """Make the ring in ``folder``, written once through, so that no later write extends the file.

    Page by page, for a file written in one piece may be kept and written back in pieces larger than a page.
    """
    descriptor = os.open(folder / "raw-slots", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for start in range(0, SLOTS * SLOT_BYTES, PAGE_BYTES):
            os.pwrite(descriptor, b"\xff" * PAGE_BYTES, start)
        os.fsync(descriptor)
        yield RawSlots(descriptor)
    finally:
        os.close(descriptor)
