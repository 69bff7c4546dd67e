"""A line as it would be: bytes paced to a rate, a device that takes the card model's time, and what both come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from drivers.virtual.device import Reply, Unsolicited, VirtualDevice
from drivers.virtual.pump import BITS_PER_BYTE

BAUD: Final = 115_200


@dataclass(slots=True)
class Spent:
    """What taps had to take: milliseconds of cards, SAMs and the air, bytes on the wire by direction."""

    device_ms: float = 0.0
    to_device: int = 0
    from_device: int = 0

    def __sub__(self, before: Self) -> Spent:
        return Spent(
            self.device_ms - before.device_ms,
            self.to_device - before.to_device,
            self.from_device - before.from_device,
        )

    def wire_ms(self, count: int) -> float:
        """Return the time of bytes on the line."""
        return count * BITS_PER_BYTE * 1000 / BAUD

    @property
    def unpaced_ms(self) -> float:
        """Return the time of the bytes to the device: a pty takes them at once, so it is added to what was measured."""
        return self.wire_ms(self.to_device)

    @property
    def on_the_wire_ms(self) -> float:
        """Return the time of the bytes of both directions."""
        return self.wire_ms(self.to_device + self.from_device)

    @property
    def needed_ms(self) -> float:
        """Return wire and card time together."""
        return self.device_ms + self.on_the_wire_ms


class CountedDevice:
    """A virtual device whose bytes and times are added up in ``spent``."""

    def __init__(self, device: VirtualDevice, spent: Spent) -> None:
        self._device = device
        self._spent = spent

    @property
    def on_unsolicited(self) -> Unsolicited:
        """Return who hears what the device says by itself."""
        return self._device.on_unsolicited

    @on_unsolicited.setter
    def on_unsolicited(self, heard: Unsolicited) -> None:
        self._device.on_unsolicited = heard

    def receive(self, incoming: bytes) -> list[Reply]:
        """Hand bytes to the device, and count them and its replies."""
        self._spent.to_device += len(incoming)
        replies = self._device.receive(incoming)
        for reply in replies:
            self._spent.device_ms += reply.delay_ms
            self._spent.from_device += len(reply.outgoing)
        return replies
