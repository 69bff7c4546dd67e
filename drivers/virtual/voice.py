"""A virtual loudspeaker in memory: takes as long as its sounds last, and remembers what sounded when."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import Mapping, Sequence
from typing import Final

from edge.domain.errors import ReaderError
from edge.domain.frozen import mutable

PATIENCE_S: Final = 2.0
"""How much longer than its sounds a player may take before it counts as hanging."""


@mutable
class Sounded:
    """One run of sounds. Times are the event loop's, in ms; ``whole``: nothing broke it off."""

    sounds: tuple[bytes, ...]
    begun_ms: float
    ended_ms: float = -1.0
    whole: bool = False


class VirtualVoice:
    """Implements :class:`edge.ports.voice.Loudspeaker`. ``broken``: it fails at once; ``hangs``: late."""

    def __init__(self) -> None:
        self.played: list[Sounded] = []
        self.broken = False
        self.hangs = False
        self._failures = 0

    async def play(self, sounds: Sequence[bytes]) -> None:
        """Sound for as long as the sounds last."""
        one = Sounded(tuple(sounds), _now_ms())
        self.played.append(one)
        try:
            await self._sounding(sum(map(_length_s, sounds)))
            one.whole = True
        finally:
            one.ended_ms = _now_ms()

    async def _sounding(self, length_s: float) -> None:
        if not self.broken:
            await asyncio.sleep(length_s + (PATIENCE_S if self.hangs else 0))
        if self.broken or self.hangs:
            self._failures += 1
            raise ReaderError("VOICE_FAILED", "the virtual loudspeaker hangs" if self.hangs else "it is broken")

    async def close(self) -> None:
        """Do nothing: what sounds is its caller's."""

    def counters(self) -> Mapping[str, float]:
        """Return the counters of the port."""
        whole = sum(one.whole for one in self.played)
        cut = sum(one.ended_ms >= 0 for one in self.played) - whole - self._failures
        return {"voice_frames": whole, "voice_cut": cut, "voice_failures": self._failures}


def _now_ms() -> float:
    return asyncio.get_running_loop().time() * 1_000


def _length_s(wav: bytes) -> float:
    with wave.open(io.BytesIO(wav)) as sound:
        return float(sound.getnframes() / sound.getframerate())
