"""A virtual GPIO chip in memory, at the seam where the library would stand: its lines can be taken, set and lost."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection


class VirtualGpioChip:
    """Lines by their offsets; ``active`` are those that are on. One holder at a time."""

    def __init__(self, offsets: Collection[int]) -> None:
        self.offsets = frozenset(offsets)
        self.active: frozenset[int] = frozenset()
        self.holder: VirtualLines | None = None
        self.plugged = True

    def take(self) -> VirtualLines:
        """Take the lines, all inactive."""
        if not self.plugged:
            raise _failed(errno.ENOENT)
        if self.holder is not None:
            raise _failed(errno.EBUSY)
        self.active = frozenset()
        self.holder = VirtualLines(self)
        return self.holder

    def unplug(self) -> None:
        """Take the chip away, as an expander on a bus goes; its lines fall back."""
        self.plugged, self.active = False, frozenset()

    def plug(self) -> None:
        """Put the chip back."""
        self.plugged = True


class VirtualLines:
    """Lines that were taken."""

    def __init__(self, chip: VirtualGpioChip) -> None:
        self._chip = chip

    def put(self, on: Collection[int]) -> None:
        """Make these active and all others inactive."""
        if not self._chip.plugged:
            raise _failed(errno.ENODEV)
        if self._chip.holder is not self or not self._chip.offsets.issuperset(on):
            raise _failed(errno.EINVAL)
        self._chip.active = frozenset(on)

    def free(self) -> None:
        """Let go of the lines."""
        self._chip.holder = None


def _failed(number: int) -> OSError:
    return OSError(number, os.strerror(number))
