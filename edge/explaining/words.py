"""Words for people, Chinese and English, from ``words.toml``: messages are data."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _tables() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((files("edge.explaining") / "words.toml").read_text("utf-8"))


def known(table: str) -> frozenset[str]:
    """Return the keys of a table: ``kind``, ``rule``, ``reason`` or ``compared``."""
    return frozenset(_tables()[table])


def both(table: str, key: str) -> str:
    """Return ``中文 · English``; a key without words (a tariff's own rule, a status word) is shown as it is."""
    words = _tables()[table].get(key)
    return key if words is None else " · ".join(words)


def pair(table: str, key: str) -> dict[str, str]:
    """Return ``{"zh": ..., "en": ...}`` for JSON."""
    chinese, english = _tables()[table].get(key, [key, key])
    return {"zh": chinese, "en": english}
