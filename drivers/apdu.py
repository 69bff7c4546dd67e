"""Commands to cards and SAMs and their responses (ISO/IEC 7816-4)."""

from __future__ import annotations

from typing import Final

from edge.domain.frozen import frozen

CARD: Final = "card"
"""The channel of the contactless card; a SAM's channel is ``sam:<name>``."""


@frozen
class Command:
    """An APDU in bytes for one channel, with the name of its step for logs, timings and the card-time model."""

    channel: str
    apdu: bytes
    step: str = ""


@frozen
class Response:
    """The answer's body and its status word."""

    body: bytes
    status: int

    @property
    def fine(self) -> bool:
        """Say whether the status word is 9000."""
        return self.status == 0x9000  # noqa: PLR2004 - the standard's own number

    @classmethod
    def parse(cls, raw: bytes) -> Response:
        """Split raw bytes into body and status word; raises ``ValueError`` below two bytes."""
        if len(raw) < 2:  # noqa: PLR2004 - SW1 SW2
            raise ValueError("an answer has at least a status word")
        return cls(raw[:-2], int.from_bytes(raw[-2:], "big"))
