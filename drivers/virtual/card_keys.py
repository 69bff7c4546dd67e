"""Descriptions of virtual cards, ``kind:key=value,...``: taken apart, and every value read with its name at hand."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from edge.domain.errors import ConfigError

T = TypeVar("T")
Read = Callable[[str], T]
DATE_DIGITS = 8


def split_keys(rest: str, known: Sequence[str]) -> dict[str, str]:
    """Return the keys of a description; raises ``CONFIG_KEY`` for an unknown one, naming the nearest."""
    given: dict[str, str] = {}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if not equals or key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"; the nearest known key is {near[0]}" if near else f"; known keys: {', '.join(known)}"
            raise ConfigError("CONFIG_KEY", f"virtual card: {part!r} is no key=value with a known key{hint}")
        given[key] = value
    return given


def take(given: Mapping[str, str], key: str, otherwise: T, read: Read[T]) -> T:
    """Return the value of a key, or ``otherwise``; raises ``CONFIG_VALUE``."""
    if key not in given:
        return otherwise
    try:
        return read(given[key])
    except (ValueError, KeyError) as wrong:
        raise ConfigError("CONFIG_VALUE", f"virtual card: {key} cannot be {given[key]!r}") from wrong


def digits(low: int, high: int | None = None) -> Read[str]:
    """Return a reader of decimal digits, ``low`` to ``high`` of them."""

    def read(text: str) -> str:
        if not low <= len(text) <= (high or low) or not text.isdecimal():
            raise ValueError(text)
        return text

    return read


def hexadecimal(byte_count: int) -> Read[str]:
    """Return a reader of so many bytes in hexadecimal."""

    def read(text: str) -> str:
        if len(bytes.fromhex(text)) != byte_count:
            raise ValueError(text)
        return text.upper()

    return read


def one_of(*words: str) -> Read[str]:
    """Return a reader of one of some words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return read


def flag(text: str) -> bool:
    """Read 0 or 1."""
    return {"0": False, "1": True}[text]


def byte(text: str) -> int:
    """Read one byte in hexadecimal."""
    return bytes.fromhex(text.zfill(2))[0]
