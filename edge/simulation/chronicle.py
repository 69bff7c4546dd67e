"""What happened, in words and in order, so that the story of one tap can be told afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from edge.domain.frozen import frozen

BEFORE_MS: Final = 180_000
AFTER_MS: Final = 60_000
LINES_MAX: Final = 80


@frozen
class Happening:
    """One line: the true time in ms UTC, the terminal or person it happened to, the words, the card's label."""

    time_ms: int
    who: str
    words: str
    card: str = ""


class Chronicle:
    """Every happening of a run, oldest first."""

    def __init__(self) -> None:
        self._happenings: list[Happening] = []

    def note(self, time_ms: int, who: str, words: str, card: str = "") -> None:
        """Add a line."""
        self._happenings.append(Happening(time_ms, who, words, card))

    def story(self, time_ms: int, who: str, card: str) -> Iterator[str]:
        """Yield the lines about a terminal around a moment, and all about a card before it, in order."""
        near = [
            each
            for each in self._happenings
            if (each.card == card and card and each.time_ms <= time_ms + AFTER_MS)
            or (each.who == who and time_ms - BEFORE_MS <= each.time_ms <= time_ms + AFTER_MS)
        ]
        for each in near[-LINES_MAX:]:
            holder = f" [{each.card}]" if each.card else ""
            yield f"{clock_time(each.time_ms)}  {each.who:<12} {each.words}{holder}"


def clock_time(time_ms: int) -> str:
    """Return local day and time, ``11-02 08:15:31.250``."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC) + timedelta(hours=8)
    return moment.strftime("%m-%d %H:%M:%S.") + f"{time_ms % 1000:03d}"
