"""Faults by class: drawn at their rate, counted when they really happened, and missed when they never did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from edge.domain.frozen import frozen
from edge.simulation.failures import FaultNeverHitError, SimulationError
from edge.simulation.streams import Streams


@frozen
class FaultClass:
    """A kind of fault. ``rate`` is the chance per opportunity; ``words`` says what goes wrong, for the story."""

    name: str
    rate: float
    words: str


class Faults:
    """The faults of one run: the enabled classes, by chance and by count. A class is known by its name alone.

    An opportunity is ``strike`` where drawing and happening are one, else ``draw`` and, once the fault took effect,
    ``count``. The rate is that of the class as it was enabled, times ``scale``. Every (class, actor) draws from a
    stream of its own.
    """

    def __init__(self, streams: Streams, enabled: Iterable[FaultClass], *, scale: float = 1.0) -> None:
        self._streams = streams
        self._scale = scale
        self._active = True
        self._injected: dict[str, int] = {}
        self._classes: dict[str, FaultClass] = {}
        self._draws: dict[tuple[str, str], Callable[[], float]] = {}
        for fault in enabled:
            if self._classes.setdefault(fault.name, fault) is not fault:
                raise SimulationError(f"two classes of faults are called {fault.name}")
            self._injected[fault.name] = 0

    @property
    def injected(self) -> Mapping[str, int]:
        """Return how often each enabled class happened, by name."""
        return self._injected

    def draw(self, fault: FaultClass, actor: str) -> bool:
        """Say whether ``fault`` befalls ``actor`` at this opportunity; not yet counted."""
        enabled = self._classes.get(fault.name)
        if not self._active or enabled is None:
            return False
        drawn = self._draws.get((fault.name, actor))
        if drawn is None:
            drawn = self._draws[fault.name, actor] = self._streams.stream(f"fault/{fault.name}/{actor}").random
        return drawn() < enabled.rate * self._scale

    def count(self, fault: FaultClass) -> None:
        """Note that ``fault`` took effect."""
        self._injected[fault.name] = self._injected.get(fault.name, 0) + 1

    def strike(self, fault: FaultClass, actor: str) -> bool:
        """Draw, and count at once."""
        struck = self.draw(fault, actor)
        if struck:
            self.count(fault)
        return struck

    def stop(self) -> None:
        """End all faults: from here on the system has to recover."""
        self._active = False

    def resume(self) -> None:
        """Let faults happen again."""
        self._active = True

    def never_hit(self) -> list[str]:
        """Return the enabled classes that never happened."""
        return [name for name, count in self._injected.items() if count == 0]


def demand_every_class(totals: Mapping[str, int]) -> None:
    """Raise ``FaultNeverHitError`` naming the classes that never happened in ``totals`` (of one run or of many)."""
    missed = [name for name, count in totals.items() if count == 0]
    if missed:
        raise FaultNeverHitError("enabled, but never happened: " + ", ".join(missed))
