"""Sounds for tests: silence as WAV, of any length and form."""

from __future__ import annotations

import io
import wave


def wav(ms: int = 100, *, rate: int = 8_000, channels: int = 1, width: int = 2) -> bytes:
    """Return silence as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.setframerate(rate)
        sound.writeframes(bytes(rate * ms // 1_000 * channels * width))
    return file.getvalue()
