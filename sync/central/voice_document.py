"""Voice clips as people publish them: a TOML document that names WAV files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from edge.domain.errors import ConfigError
from edge.domain.voice import CLIPS_BYTES_MAX, Voice, VoiceClip

CLIP_KEYS: Final = {"prompts", "language", "file"}


def voice(tree: Mapping[str, Any]) -> Voice:
    """Return the clips in a document of tables ``[[clip]]``; raises ``CONFIG_*``, and ValueError out of bounds."""
    rows = tree.get("clip", [])
    if set(tree) - {"kind", "clip"} or not isinstance(rows, list):
        raise ConfigError("CONFIG_KEY", "only tables [[clip]] stand in it")
    written = Voice(tuple(_clip(row, f"clip {number}") for number, row in enumerate(rows, 1)))
    if unknown := written.not_shown():
        raise ValueError(f"no prompt {unknown[0]!r}")
    return written


def _clip(row: object, where: str) -> VoiceClip:
    if not isinstance(row, Mapping) or set(row) != CLIP_KEYS:
        raise ConfigError("CONFIG_KEY", f"{where} has the keys {', '.join(sorted(CLIP_KEYS))}")
    prompts, language, file = row["prompts"], row["language"], row["file"]
    named = isinstance(prompts, list) and all(isinstance(prompt, str) for prompt in prompts)
    if not named or not prompts or not isinstance(language, str) or not isinstance(file, str):
        raise ConfigError("CONFIG_VALUE", f"{where}: prompts is a list of texts, language and file are texts")
    return VoiceClip(tuple(prompts), language, _wav(Path(file)))


def _wav(file: Path) -> bytes:
    """Return a file's bytes, and no more of them than an edition may have."""
    try:
        with file.open("rb") as opened:
            return opened.read(CLIPS_BYTES_MAX + 1)
    except OSError as error:
        raise ConfigError("CONFIG_UNREADABLE", f"{file}: {error.strerror}") from error
