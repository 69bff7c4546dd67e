"""What is spoken to passengers: recorded clips by prompt key and language, as they come with an edition.

A clip is a WAV file (RIFF, linear PCM): it is known by its prompt alone, and no prompt says who somebody is.
"""

from __future__ import annotations

import io
import wave
from typing import Final

from edge.domain.frozen import frozen
from edge.domain.prompts import KEYS, LANGUAGES

CLIP_MS_MAX: Final = 6_000
CLIPS_BYTES_MAX: Final = 900_000
"""Of all clips together: about 28 s at 16 kHz."""
RATES: Final = range(8_000, 48_001)
SAMPLE_BYTES: Final = (1, 2)


@frozen
class VoiceClip:
    """One recording, and the prompts of one language that it speaks: several may share their words."""

    prompts: tuple[str, ...]
    language: str
    wav: bytes


@frozen
class Voice:
    """What terminals speak; a prompt without a clip is silent but for its tone.

    Raises ValueError, for all of them together, where a clip is out of bounds. A prompt that this release does not show
    may be one of a later release: it is carried and never spoken.
    """

    clips: tuple[VoiceClip, ...]

    def __post_init__(self) -> None:
        """Check the bounds."""
        for number, clip in enumerate(self.clips, 1):
            if clip.language not in LANGUAGES:
                raise ValueError(f"clip {number}: a language is {' or '.join(LANGUAGES)}, not {clip.language!r}")
            if problem := unfit(clip.wav):
                raise ValueError(f"clip {number}: {problem}")
        if (found := sum(len(clip.wav) for clip in self.clips)) > CLIPS_BYTES_MAX:
            raise ValueError(f"{found} bytes of clips, at most {CLIPS_BYTES_MAX}")
        spoken = [(prompt, clip.language) for clip in self.clips for prompt in clip.prompts]
        if len({*spoken}) < len(spoken):
            raise ValueError("a prompt is spoken twice in one language")

    def __len__(self) -> int:
        return len(self.clips)

    def clip_of(self, prompt: str, language: str) -> bytes:
        """Return the clip that speaks a prompt, empty where none does."""
        found = (clip.wav for clip in self.clips if clip.language == language and prompt in clip.prompts)
        return next(found, b"")

    def not_shown(self) -> list[str]:
        """Return the prompts that this release does not show."""
        return sorted({prompt for clip in self.clips for prompt in clip.prompts} - KEYS)


def unfit(wav: bytes) -> str:
    """Say why a sound cannot be a clip, empty where it can."""
    try:
        with wave.open(io.BytesIO(wav)) as sound:
            rate, channels, width, frames = (
                sound.getframerate(),
                sound.getnchannels(),
                sound.getsampwidth(),
                sound.getnframes(),
            )
            whole = len(sound.readframes(frames)) == frames * channels * width
    except (wave.Error, EOFError, RuntimeError) as error:  # the last one where a chunk says it is longer than the file
        return f"no WAV of linear PCM ({type(error).__name__} {error})"
    if rate not in RATES or channels != 1 or width not in SAMPLE_BYTES:
        return f"{channels} channels of {8 * width} bits at {rate} Hz: it has one, of 8 or 16 bits, 8 to 48 kHz"
    if not whole or not 0 < frames * 1_000 <= CLIP_MS_MAX * rate:
        return f"it is whole, and lasts up to {CLIP_MS_MAX} ms"
    return ""


def length_ms(wav: bytes) -> int:
    """Return how long a sound lasts, rounded up; of one that :func:`unfit` lets through."""
    with wave.open(io.BytesIO(wav)) as sound:
        frames, rate = sound.getnframes(), sound.getframerate()
    return int(-(-frames * 1_000 // rate))
