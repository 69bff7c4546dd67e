"""Words and amounts as they stand on a till's paper: data, by table, key and language."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from edge.domain.money import yuan

WORDS_FILE: Final = Path(__file__).with_name("receipt_words.toml")
YUAN: Final = "\uffe5"
"""Full width: the half-width sign is four bytes in GB 18030, and printers show them as digits."""


@cache
def paper_words() -> dict[str, dict[str, Any]]:
    """Return everything that paper says, by table, key and language."""
    return tomllib.loads(WORDS_FILE.read_text("utf-8"))


def paper_word(language: str, table: str, key: str, otherwise: str | None = None) -> str:
    """Return a word; where there is none ``otherwise``, or else the key itself."""
    found = paper_words()[table].get(key)
    return str(found[language]) if found else key if otherwise is None else otherwise


def money(fen: int) -> str:
    """Return an amount as paper has it."""
    return ("-" if fen < 0 else "") + YUAN + yuan(abs(fen))


def moment(time_ms: int, utc_offset_min: int) -> str:
    """Return a time (ms UTC) in the city's own time."""
    local = datetime.fromtimestamp(time_ms // 1000, UTC) + timedelta(minutes=utc_offset_min)
    return f"{local:%Y-%m-%d %H:%M:%S}"
