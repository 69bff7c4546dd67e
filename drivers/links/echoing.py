"""A line that gives back what is sent on it, as two-wire adapters do: the echo is taken out before anybody reads."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.links import Link


class EchoingLink:
    """A :class:`drivers.links.Link` over another one. Bytes that are not the echo come through, wherever they stand.

    An echo whose rest does not come costs its command the whole wait, and is forgotten with the input that is dropped
    before the next one.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._owed = bytearray()

    @property
    def name(self) -> str:
        """Return the line's name."""
        return self._link.name

    @property
    def is_open(self) -> bool:
        """Say whether the line is open."""
        return self._link.is_open

    async def open(self) -> None:
        """Open the line; it owes nothing."""
        self._owed.clear()
        await self._link.open()

    def write(self, outgoing: bytes) -> None:
        """Send bytes, which will come back."""
        self._link.write(outgoing)
        self._owed += outgoing

    async def read(self, timeout_ms: float, at_least: int = 1) -> bytes:
        """Return what has come beside the echo, as soon as it is so much, or after ``timeout_ms``."""
        return self._without_echo(await self._link.read(timeout_ms, len(self._owed) + at_least))

    async def drop_input(self) -> int:
        """Discard what has come, echoes among it."""
        self._owed.clear()
        return await self._link.drop_input()

    async def set_baud(self, baud: int) -> None:
        """Change the line's rate."""
        await self._link.set_baud(baud)

    def health(self) -> Mapping[str, float]:
        """Return what the line knows of itself."""
        return self._link.health()

    async def close(self) -> None:
        """Release the line; idempotent."""
        await self._link.close()

    def _without_echo(self, incoming: bytes) -> bytes:
        own = bytearray()
        for byte in incoming:
            if self._owed and self._owed[0] == byte:
                del self._owed[0]
            else:
                own.append(byte)
        return bytes(own)
