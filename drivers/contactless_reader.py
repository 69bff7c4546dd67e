"""A contactless reader on its channel."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.channel import Channel
from drivers.contactless import ContactlessProtocol, FieldEmpty, FieldView, Target
from drivers.repeating import repeatable
from edge.domain.errors import CardError


class ContactlessReader:
    """Looks for cards and speaks to one. All calls raise ReaderError."""

    def __init__(self, channel: Channel, protocol: ContactlessProtocol) -> None:
        self.channel = channel
        self.protocol = protocol

    async def open(self) -> None:
        """Open the line and wake the reader; nothing where it is open."""
        await self.channel.open()

    async def close(self) -> None:
        """Release the line; idempotent."""
        await self.channel.close()

    async def poll(self) -> FieldView:
        """Look once; a card that is gone before it is activated was not there."""
        try:
            return await self.channel.run(self.protocol.poll())
        except CardError:
            return FieldEmpty()

    async def transmit(self, target: Target, apdu: bytes) -> bytes:
        """Send an APDU to the card; raises CardError as well, ``CARD_LEFT`` when it is gone."""
        return await self.channel.run(self.protocol.transmit(target, apdu, repeatable=repeatable(apdu)))

    async def present(self, target: Target) -> bool:
        """Say whether the card is still there; an answer that cannot be read is a miss."""
        try:
            return await self.channel.run(self.protocol.present(target))
        except CardError:
            return False

    async def release(self) -> None:
        """Let go of all cards."""
        await self.channel.run(self.protocol.release())

    async def reset_field(self) -> None:
        """Reset every card in the field."""
        await self.channel.run(self.protocol.reset_field())

    async def write_outputs(self, bits: int) -> None:
        """Set the reader's output pins."""
        await self.channel.run(self.protocol.write_outputs(bits))

    def counters(self) -> Mapping[str, float]:
        """Return the port's counters."""
        return self.channel.counters()
