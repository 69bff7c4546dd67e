"""A slip of paper as lines of text, and how wide they are on a printer whose Chinese characters take two columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

from edge.domain.frozen import frozen

WIDE: Final = frozenset("WFA")
"""East Asian widths (UAX 11) that take two columns: of a GB 18030 font the ambiguous ones as well."""


@frozen
class SlipLine:
    """One line, no wider than the paper. ``tall`` is twice as high, ``strong`` is bold."""

    text: str
    tall: bool = False
    strong: bool = False


@frozen
class Slip:
    """Everything on one piece of paper; ``square`` is the text of a QR code at its foot, empty where there is none."""

    lines: tuple[SlipLine, ...]
    square: str = ""


def width_of(text: str) -> int:
    """Return how many columns a text takes."""
    return sum(2 if unicodedata.east_asian_width(character) in WIDE else 1 for character in text)


def centred(text: str, columns: int) -> str:
    """Return a text in the middle of a line."""
    return " " * ((columns - width_of(text)) // 2) + text


def in_two(left: str, right: str, columns: int) -> Iterator[str]:
    """Yield ``left`` at the left and ``right`` at the right: on one line, or below each other where that is too narrow.

    What is wider than the paper by itself is folded.
    """
    gap = columns - width_of(left) - width_of(right)
    if gap >= 1:
        yield left + " " * gap + right
        return
    yield from folded(left, columns)
    for line in folded(right, columns):
        yield " " * (columns - width_of(line)) + line


def folded(text: str, columns: int) -> Iterator[str]:
    """Yield a text in lines: words stay whole where they fit, Chinese breaks anywhere."""
    line = ""
    for piece in _pieces(text):
        if width_of((line + piece).rstrip()) <= columns:
            line += piece
            continue
        if line.strip():
            yield line.rstrip()
        line = piece.lstrip()
        while width_of(line) > columns:
            cut = _fitting(line, columns)
            yield line[:cut]
            line = line[cut:]
    if line.strip():
        yield line.rstrip()


def _pieces(text: str) -> Iterator[str]:
    """Yield what stays together: wide characters one by one, anything else word by word with its blank."""
    word = ""
    for character in text:
        wide = width_of(character) > 1
        if wide and word:
            yield word
            word = ""
        if wide:
            yield character
            continue
        word += character
        if character == " ":
            yield word
            word = ""
    if word:
        yield word


def _fitting(text: str, columns: int) -> int:
    """Return how many characters fit a line, at least one."""
    used = 0
    for count, character in enumerate(text):
        used += width_of(character)
        if used > columns:
            return max(count, 1)
    return len(text)
