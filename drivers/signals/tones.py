"""The tones of a terminal: sine waves, computed here, so that they are nobody's recording.

They differ in rhythm, not in pitch alone: accepted is one rising pair, refused one long low note, again two short ones.
"""

from __future__ import annotations

import io
import math
import struct
import wave
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

RATE: Final = 16_000
LOUDNESS: Final = 0.6
FADE_MS: Final = 8
"""A note that begins or ends at full swing clicks."""
Note = tuple[int, int]
"""(Hz, ms); 0 Hz is a rest."""

NOTES: Final[Mapping[str, Sequence[Note]]] = {
    "accepted": ((880, 90), (1_320, 150)),
    "refused": ((330, 420),),
    "again": ((660, 90), (0, 70), (660, 90)),
}


def tones() -> Mapping[str, bytes]:
    """Return the WAV file of every tone by its name."""
    return {name: _wav(notes) for name, notes in NOTES.items()}


def _wav(notes: Sequence[Note]) -> bytes:
    samples = [sample for note in notes for sample in _samples(*note)]
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()


def _samples(hertz: int, ms: int) -> Iterator[int]:
    count, fade = RATE * ms // 1_000, RATE * FADE_MS // 1_000
    for at in range(count):
        swell = min(at, count - at, fade) / fade
        yield round(32_767 * LOUDNESS * swell * math.sin(2 * math.pi * hertz * at / RATE))
