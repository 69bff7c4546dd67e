"""How a row prints: its title, what its floor is, its figures, and whether one of them missed its limit."""

from __future__ import annotations

import sys


def say(line: str = "") -> None:
    """Print one line at once: a row may run for a minute."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Report:
    """The output of one row. Figures with a limit decide its exit code."""

    def __init__(self, row: str, title: str, floor: str) -> None:
        self.missed: list[str] = []
        say(f"{row}: {title}")
        say(f"  floor: {floor}")

    def note(self, text: str) -> None:
        """Print what a reader must know to believe the figures."""
        say(f"  {text}")

    def figure(self, name: str, text: str, *, value: float = 0.0, limit: float | None = None) -> None:
        """Print a figure; with a ``limit``, ``value`` must not be above it."""
        if limit is None:
            verdict = ""
        elif value <= limit:
            verdict = f"   (limit {limit:g}: kept)"
        else:
            verdict = f"   (limit {limit:g}: MISSED)"
            self.missed.append(name)
        say(f"  {name:<34} {text}{verdict}")

    def end(self) -> int:
        """Return the row's exit code."""
        say()
        return 1 if self.missed else 0
