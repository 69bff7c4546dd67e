"""What a passenger reads: words by prompt key, Chinese first, English too; data, not code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PROMPTS_FILE: Final = Path(__file__).with_name("prompts.toml")

Texts = Mapping[str, str]
"""One prompt by language."""


def load_prompts(file: Path = PROMPTS_FILE) -> Mapping[str, Texts]:
    """Return ``{key: {"zh": ..., "en": ...}}``."""
    return tomllib.loads(file.read_text("utf-8"))
