"""What a passenger's text display shows of a signal: the words, then what was paid and what is left. Pure.

The words are those of the prompt, the same for everybody: nothing here knows a category.
"""

from __future__ import annotations

from typing import Final

from edge.domain.money import yuan
from edge.domain.slip import width_of

WORDS: Final = {"zh": ("收", "余", "人数"), "en": ("Fare", "Left", "Riders")}
"""By language: what was paid, what is left, and for how many."""
PAUSES: Final = "，、 "


def lines_for(
    text: str, fen: int, balance_fen: int, columns: int, language: str, *, riders: int = 0
) -> tuple[str, ...]:
    """Return one line or two, each no wider than ``columns``; amounts in fen, -1 where they are unknown.

    ``riders`` stand there where a tap pays for several. Words that are alone may take both lines.
    """
    paid, left, several = WORDS[language]
    parts = [f"{word} {yuan(amount)}" for word, amount in ((paid, fen), (left, balance_fen)) if amount >= 0]
    parts += [f"{several} {riders}"] if riders > 1 else []
    second = "  ".join(parts)
    if parts and width_of(second) > columns:  # never half an amount: what was paid is more than what is left
        second = parts[0]
    lines = (text, second) if parts else broken(text, columns)
    return tuple(fitted(line, columns) for line in lines if line)


def broken(text: str, columns: int) -> tuple[str, str]:
    """Break a text after the last comma or between the last words that its first line holds, else where it is full."""
    first = fitted(text, columns)
    if first == text:
        return text, ""
    at = max(first.rfind(mark) + 1 for mark in PAUSES) or len(first)
    return text[:at].rstrip(), text[at:].lstrip()


def fitted(text: str, columns: int) -> str:
    """Return as many characters of a text as fit; no wide one is cut in half."""
    kept = ""
    for character in text:
        if width_of(kept + character) > columns:
            break
        kept += character
    return kept
