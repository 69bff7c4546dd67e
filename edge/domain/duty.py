"""Where a vehicle is on duty, and who drives it: each change is an entry of kind shift that holds the whole duty. Pure.

A driver is known by a number, never by a name.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace
from enum import StrEnum
from typing import Final

from edge.domain.entry import Entry, Remark
from edge.domain.frozen import frozen
from edge.domain.tap import Place

LABEL_MAX: Final = 32
"""Characters of each part of a place."""


class Turn(StrEnum):
    """What changed; the words are subjects of entries for ever."""

    SIGNED_ON = "duty.signed_on"
    LINE = "duty.line"
    STOP = "duty.stop"
    SIGNED_OFF = "duty.signed_off"


@frozen
class Move:
    """One piece of news from a place source; a part that it does not name is empty and stays as it was."""

    turn: Turn
    driver: str = ""
    vehicle: str = ""
    line: str = ""
    direction: str = ""
    station: str = ""


@frozen
class Duty:
    """What the source has said so far; all empty before a driver signs on, and where the terminal stands still."""

    driver: str = ""
    vehicle: str = ""
    line: str = ""
    direction: str = ""
    station: str = ""

    def after(self, move: Move) -> Duty:
        """Return the duty after a move: a new line begins without a direction and stop, a sign-off ends everything."""
        if move.turn is Turn.SIGNED_OFF:
            return Duty()
        begun = Duty() if move.turn is Turn.SIGNED_ON else self
        if move.line and move.line != begun.line:
            begun = replace(begun, direction="", station="")
        elif move.direction and move.direction != begun.direction:
            begun = replace(begun, station="")
        news = {name: value for name in _PARTS if (value := getattr(move, name)[:LABEL_MAX])}
        return replace(begun, **news)

    def is_known(self, lines: Collection[str]) -> bool:
        """Say whether the terminal serves this line; no ``lines``: it serves every one."""
        return not lines or not self.line or self.line in lines

    def place(self, home: Place, lines: Collection[str]) -> Place:
        """Return where a tap is made: at ``home``, the configured place, but for what the duty knows better.

        On a line that nobody here knows, its directions and stops mean nothing either: the fare is that of ``home``.
        """
        moved = replace(home, vehicle=self.vehicle or home.vehicle)
        if not self.is_known(lines):
            return replace(moved, unknown_line=self.line)
        if not self.line:
            return moved
        return replace(moved, line=self.line, direction=self.direction, station=self.station)


_PARTS: Final = tuple(field.name for field in fields(Duty))


def told(turn: Turn, duty: Duty, *, known: bool) -> Remark:
    """Return the body of the entry that a move makes: the duty after it, flagged where its line is unknown."""
    pairs = tuple((name, value) for name in _PARTS if (value := getattr(duty, name)))
    return Remark(turn.value, pairs if known else (*pairs, ("line_unknown", "default_fare")))


def duty_of(entry: Entry) -> Duty | None:
    """Return the duty that an entry tells of, None for any other entry."""
    body = entry.body
    if not isinstance(body, Remark) or body.subject not in set(Turn):
        return None
    return Duty(**{name: value for name, value in body.pairs if name in _PARTS})
