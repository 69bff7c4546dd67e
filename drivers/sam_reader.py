"""A reader of SAM slots on its channel. SAMs go by the names that conversations call them by."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.channel import Channel
from drivers.repeating import repeatable
from drivers.sam_slots import SamProtocol
from edge.domain.errors import SamError


class SamReader:
    """Powers the SAMs named in ``slots`` (channel name to slot number) and speaks to them.

    All calls raise ReaderError and SamError. A SAM that failed is without power until :meth:`open` or :meth:`reset`:
    what it knew is gone with it.
    """

    def __init__(self, channel: Channel, protocol: SamProtocol, slots: Mapping[str, int]) -> None:
        self.channel = channel
        self._protocol = protocol
        self._slots = dict(slots)
        self._powered: dict[str, bytes] = {}
        self._start = 0

    async def open(self) -> None:
        """Open the line and power every SAM that is without.

        Where the line was lost since, they are: also when a contactless reader on the same line has opened it again.
        """
        await self.channel.open()
        if self.channel.starts != self._start:
            self._powered.clear()
            self._start = self.channel.starts
        for name in self._slots:
            if name not in self._powered:
                await self.reset(name)

    async def close(self) -> None:
        """Release the line; idempotent. The SAMs are reset at the next opening."""
        self._powered.clear()
        await self.channel.close()

    async def reset(self, name: str) -> bytes:
        """Power a SAM off and on; returns its ATR. Raises ``SAM_ABSENT``, ``SAM_MUTE``, ``SAM_WRONG``."""
        slot = self._slot(name)
        self._powered.pop(name, None)
        await self.channel.run(self._protocol.power_off(slot))
        atr = await self.channel.run(self._protocol.power_on(slot))
        self._powered[name] = atr
        return atr

    async def transmit(self, name: str, apdu: bytes) -> bytes:
        """Send an APDU to a SAM; raises ``SAM_ABSENT`` for an unknown name, ``SAM_MUTE`` for one without power."""
        slot = self._slot(name)
        if name not in self._powered or self.channel.starts != self._start:
            raise SamError("SAM_MUTE", f"{name} is without power since it failed")
        try:
            return await self.channel.run(self._protocol.transmit(slot, apdu, repeatable=repeatable(apdu)))
        except SamError:
            self._powered.pop(name, None)
            raise

    def powered(self, name: str) -> bool:
        """Say whether a SAM is powered, as far as is known."""
        return name in self._powered and self.channel.is_open and self.channel.starts == self._start

    def lost(self) -> bool:
        """Say whether the line went away under powered SAMs."""
        return bool(self._powered) and not self.channel.is_open

    def counters(self) -> Mapping[str, float]:
        """Return the port's counters."""
        return self.channel.counters()

    def _slot(self, name: str) -> int:
        if name not in self._slots:
            raise SamError("SAM_ABSENT", f"no slot is named {name}")
        return self._slots[name]
