"""Relays on a serial line: the four-byte orders of LC boards (LCUS-1 to LCUS-8 and their many copies).

An order is ``A0``, the relay's number from 1, ``01`` on or ``00`` off, and the sum of the three bytes modulo 256; the
boards' sellers publish it with the examples ``A0 01 01 A2`` and ``A0 01 00 A1``, at 9600 baud. The board answers
nothing, so only a lost line is known, and a relay holds its state until the next order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress

from drivers.links import Link
from drivers.port_use import PortUse
from edge.domain.errors import ReaderError

START = 0xA0


def order(relay: int, *, on: bool) -> bytes:
    """Return the order that switches one relay."""
    body = bytes((START, relay, on))
    return body + bytes((sum(body) & 0xFF,))


class RelayBoard:
    """Implements :class:`edge.ports.outputs.Outputs` for the ``relays`` in use; counters are named after ``port``."""

    def __init__(self, link: Link, relays: Collection[int], port: str) -> None:
        self._link = link
        self._relays = sorted(relays)
        self._port = port
        self._use = PortUse()

    async def open(self) -> None:
        """Open the line where it is not, and switch all relays off."""
        if await self._use.open(self._link):
            self.switch(())

    def switch(self, on: Collection[int]) -> None:
        """Order every relay in use on or off; what is to go off goes first."""
        orders = sorted((relay in on, relay) for relay in self._relays)
        try:
            self._link.write(b"".join(order(relay, on=wanted) for wanted, relay in orders))
        except ReaderError:
            self._use.failures += 1
            raise
        self._use.frames += 1

    async def close(self) -> None:
        """Switch all relays off, and release the line."""
        if self._link.is_open:
            with suppress(ReaderError):  # it is counted: the line is gone, and the next opening switches off
                self.switch(())
        await self._link.close()

    def counters(self) -> Mapping[str, float]:
        """Return the counters of the board."""
        return self._use.named(self._port)
