"""How reference data is put into force: in steps between which taps may come, and back again where it fails."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")

Steps = Generator[None, None, T]
"""Work in small pieces, about a millisecond each at most: it yields wherever a tap may come between."""


def finished(steps: Steps[T]) -> T:
    """Do the work at once, where no tap can come between, and return its result."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
