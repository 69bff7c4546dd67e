"""Two slots for reference data: the edition in force, on probation at first, and the one to return to if it fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from edge.domain.frozen import frozen

STARTS_MAX: Final = 3
"""Starts inside one probation before the edition, not chance, is taken for their cause."""

REFUSED_MAX: Final = 8
"""So many refused editions are remembered: older ones lie below what is in force anyway."""


@frozen
class RefusedEdition:
    """An edition that was in force and is not taken again; ``reason`` is a word: policy, restarts, technician."""

    number: int
    reason: str


@frozen
class Slots:
    """Which edition is in force and which was before it (0: none).

    ``proven``: the probation is over. ``starts`` are those of the terminal since it began, calm ends not counted.
    """

    in_force: int = 0
    previous: int = 0
    proven: bool = True
    starts: int = 0
    refused: tuple[RefusedEdition, ...] = ()

    def taken(self, number: int) -> Slots:
        """Return the slots once an edition is put into force: on probation, where there is one to return to."""
        if number == self.in_force:
            return self
        return Slots(number, self.in_force, not self.in_force, 0, self.refused)

    def passed(self) -> Slots:
        """Return the slots at the end of the probation."""
        return replace(self, proven=True, starts=0)

    def restored(self, number: int) -> Slots:
        """Return the slots where a start finds this edition to stand: the one before it no longer matters."""
        return self if number == self.in_force else Slots(number, refused=self.refused)

    def started(self) -> Slots:
        """Return the slots after a start of the terminal."""
        return self if self.proven else replace(self, starts=self.starts + 1)

    def calmed(self) -> Slots:
        """Return the slots after an end that was asked for: it says nothing against the edition."""
        return self if self.proven else replace(self, starts=max(0, self.starts - 1))

    def failing(self) -> bool:
        """Say whether the terminal restarted too often on this probation."""
        return not self.proven and self.starts > STARTS_MAX and self.previous > 0

    def returned(self, reason: str) -> Slots:
        """Return the slots once the previous edition is in force again; without a reason the other may come back."""
        refused = (*self.refused, RefusedEdition(self.in_force, reason)) if reason else self.refused
        return Slots(self.previous, 0, refused=refused[-REFUSED_MAX:])

    def why_refused(self, number: int) -> str:
        """Return the word for which an edition is not taken again, empty where it may be."""
        return next((refused.reason for refused in self.refused if refused.number == number), "")
