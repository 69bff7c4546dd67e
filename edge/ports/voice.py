"""A loudspeaker, as a protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Loudspeaker(Protocol):
    """Sounds one thing at a time, for one caller at a time."""

    async def play(self, sounds: Sequence[bytes]) -> None:
        """Sound WAV files one after another to their end; when cancelled, fall silent at once.

        Raises ``VOICE_FAILED`` where they did not sound to their end.
        """
        ...

    async def close(self) -> None:
        """Fall silent; idempotent."""
        ...

    def counters(self) -> Mapping[str, float]:
        """Return ``voice_frames`` (sounded to their end), ``voice_cut`` (broken off) and ``voice_failures``."""
        ...
