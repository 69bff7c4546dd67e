"""Lines of a GPIO chip by its character device (Linux GPIO v2 ABI), through libgpiod's own binding.

The kernel frees the lines of a process that ends, however it ends; what level a freed line takes is its driver's
affair, so a gate's relay wants a pull to "closed" on its line.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Collection, Mapping
from typing import Final, Protocol

from drivers.port_use import PortUse
from edge.domain.errors import ReaderError

CONSUMER: Final = "onecard"
_REASONS: Final = {errno.EBUSY: "LINK_BUSY", errno.EACCES: "LINK_DENIED", errno.EPERM: "LINK_DENIED"}


class HeldLines(Protocol):
    """Lines that were taken as outputs."""

    def put(self, on: Collection[int]) -> None:
        """Make these active and all others inactive; raises OSError."""
        ...

    def free(self) -> None:
        """Let go of the lines."""
        ...


Take = Callable[[], HeldLines]
"""Takes the lines, all inactive; raises OSError."""


class GpioLines:
    """Implements :class:`edge.ports.outputs.Outputs`; its counters are named after ``port``."""

    def __init__(self, name: str, take: Take, port: str) -> None:
        self._name = name
        self._take = take
        self._port = port
        self._held: HeldLines | None = None
        self._use = PortUse()

    async def open(self) -> None:
        """Take the lines where they are not, all inactive."""
        if self._held is not None:
            return
        try:
            self._held = self._take()
        except OSError as error:
            self._use.failures += 1
            code = _REASONS.get(error.errno or 0, "LINK_ABSENT")
            raise ReaderError(code, f"{self._name}: {error.strerror or error}") from error
        self._use.opens += 1
        self._use.frames += 1

    def switch(self, on: Collection[int]) -> None:
        """Make these lines active and all others inactive."""
        if self._held is None:
            raise ReaderError("LINK_LOST", f"{self._name} is not open")
        try:
            self._held.put(on)
        except OSError as error:
            self._use.failures += 1
            self._free()
            raise ReaderError("LINK_LOST", f"{self._name}: {error.strerror or error}") from error
        self._use.frames += 1

    async def close(self) -> None:
        """Make all lines inactive, and let go of them."""
        if self._held is None:
            return
        try:
            self.switch(())
        except ReaderError:
            return  # counted and freed
        self._free()

    def counters(self) -> Mapping[str, float]:
        """Return the counters of the lines."""
        return self._use.named(self._port)

    def _free(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.free()
