"""What passengers read: which texts there are, and what a text of the centre's may be. Reference data."""

from __future__ import annotations

import unicodedata
from typing import Final

from edge.domain.decision import Reason
from edge.domain.frozen import frozen

LANGUAGES: Final = ("zh", "en")
COLUMNS_MAX: Final = 64
"""Columns that a display shows of one text: two lines of 32, a Chinese character taking two columns."""

KEYS: Final = frozenset(Reason) | {
    "accepted",
    "accepted_before",
    "ask_staff",
    "companion_next",
    "credit_used",
    "debt_recovered",
    "debt_told",
    "driver_signed_off",
    "driver_signed_on",
    "key_cancelled",
    "key_refused",
    "low_balance",
    "one_card_only",
    "out_of_service",
    "pays_for_several",
    "present_again",
    "present_same_card",
    "read_only",
    "tap_waived",
}
"""Every prompt that a terminal of this release shows."""


@frozen
class PromptText:
    """The text of one prompt in one language."""

    key: str
    language: str
    text: str


@frozen
class Prompts:
    """Texts in place of the built-in ones; what is absent stays as it is built in.

    A key that this release does not show may be one of a later release: it is carried and not shown, so that an older
    terminal is not held back on an edition whose deny lists are older too.

    Raises ValueError, for all of them together, where a text does not fit the displays.
    """

    texts: tuple[PromptText, ...]

    def __post_init__(self) -> None:
        """Check the bounds."""
        for text in self.texts:
            if text.language not in LANGUAGES:
                raise ValueError(f"{text.key}: a language is {' or '.join(LANGUAGES)}, not {text.language!r}")
            if problem := unfit(text.text, COLUMNS_MAX):
                raise ValueError(f"{text.key}.{text.language}: {problem}")
        if len({(text.key, text.language) for text in self.texts}) < len(self.texts):
            raise ValueError("a text stands twice")

    def __len__(self) -> int:
        return len(self.texts)

    def not_shown(self) -> list[str]:
        """Return the keys that this release does not show."""
        return sorted({text.key for text in self.texts} - KEYS)


def unfit(text: str, columns_max: int) -> str:
    """Say why a display cannot show a text, empty where it can."""
    if not text.strip() or text != text.strip():
        return "a text is neither empty nor begins or ends with a blank"
    if any(unicodedata.category(character).startswith(("C", "Z")) and character != " " for character in text):
        return "a text has no control characters and no line breaks"
    found = columns(text)
    return f"{found} columns, at most {columns_max}" if found > columns_max else ""


def columns(text: str) -> int:
    """Return how many columns a text takes: two for a wide character, none for one that joins the one before."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
