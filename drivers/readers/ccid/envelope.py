"""How a vendor wraps CCID messages on a serial line."""

from __future__ import annotations

from typing import Literal, Protocol

from drivers.framing import Acked, Damaged, MoreTime, NeedData, Rejected, ResendAsked, SlotMoved

EnvelopeEvent = bytes | Acked | Damaged | MoreTime | Rejected | ResendAsked | SlotMoved
"""What an envelope holds: a message, or what a reader says without one."""


class Envelope(Protocol):
    """How a vendor wraps CCID messages on a serial line."""

    @property
    def acknowledges(self) -> bool:
        """Say whether the reader takes or refuses each frame before it answers."""
        ...

    @property
    def partial(self) -> bool:
        """Say whether the bytes so far end inside a frame."""
        ...

    def wrap(self, message: bytes) -> bytes:
        """Return the frame around a message."""
        ...

    def receive_data(self, incoming: bytes) -> None:
        """Take bytes from the line."""
        ...

    def next_event(self) -> EnvelopeEvent | Literal[NeedData.NEED_DATA]:
        """Return a message, another event, or NEED_DATA."""
        ...

    def reset(self) -> None:
        """Forget everything received."""
        ...

    def give_up_partial(self) -> None:
        """Hunt on behind the start of a frame that does not end."""
        ...

    def nack(self) -> bytes:
        """Return the frame that asks for the last answer again; empty where there is none."""
        ...
