"""Values as an edition holds them, for tests that need no edition."""

from __future__ import annotations

from typing import TypeVar

V = TypeVar("V")


class HeldValues:
    """Implements :class:`edge.ports.Values` over what a test puts into ``held``."""

    def __init__(self, *held: object) -> None:
        self.held = held

    def value(self, wanted: type[V]) -> V | None:
        return next((each for each in self.held if isinstance(each, wanted)), None)
