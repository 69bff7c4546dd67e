"""One pricing in progress: the scene, the counter values taken as true, and what has been written so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from edge.domain.charge import Line, Share
from edge.domain.frozen import mutable
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.calendar import bucket
from edge.domain.tariff.rule_models import Counter, Relief
from edge.domain.tariff.scene import Scene
from edge.domain.tariff.state import CURRENT, CounterState, Effect, TapEvent


@mutable
class Job:
    """``taken`` overrides what the state knows of a counter; reliefs that hang on a ``barred`` counter are refused."""

    bundle: Bundle
    scene: Scene
    event: TapEvent
    state: CounterState
    taken: Mapping[str, int] = field(default_factory=dict)
    barred: frozenset[str] = frozenset()
    lines: list[Line] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    grants: list[Effect] = field(default_factory=list)

    def applied(self, rule: str, reason: str, fen: int = 0) -> None:
        """Write the line of a rule that applied; ``fen`` is what it changed."""
        self.lines.append(Line(rule, True, reason, fen))

    def refused(self, rule: str, reason: str) -> None:
        """Write the line of a rule that did not apply."""
        self.lines.append(Line(rule, False, reason))

    def book(self, relief_fen: int, funder: str, rule: str) -> None:
        """Put a relief on its funder."""
        if relief_fen:
            self.shares.append(Share(funder, relief_fen, rule))

    def use(self, relief: Relief) -> None:
        """Note that a grant uses up one of each of its counters."""
        for name in relief.uses:
            self.grants.append(Effect(name, self.bucket_of(self.bundle.counters[name]), 1, relief.id))

    def bucket_of(self, counter: Counter) -> str:
        """Return the period that this event's charge belongs to."""
        scene = self.scene
        day = scene.leaving[0] if counter.at == "charge_time" else scene.day
        session = scene.session() if counter.period == "meal_session" else ""
        return bucket(counter.period, day.date if day else None, session)

    def count(self, name: str) -> int:
        """Return the value of a counter in this event's period."""
        if name in self.taken:
            return self.taken[name]
        return known_of(self.state, name, self.bucket_of(self.bundle.counters[name]))[0]

    def used_up(self, names: tuple[str, ...]) -> str:
        """Return why a relief cannot be granted by its counters, empty where it can."""
        for name in names:
            if name in self.barred:
                return f"counter {name} is not certain"
            limit = self.bundle.counters[name].limit
            if limit is not None and self.count(name) >= limit:
                return f"counter {name} is used up"
        return ""


def known_of(state: CounterState, name: str, period: str) -> tuple[int, int]:
    """Return (known, possible) of a counter in a period; a row of another period counts for nothing."""
    known = possible = 0
    for row in state.rows:
        if row.counter == name and row.bucket in (period, CURRENT):
            known, possible = known + row.known, possible + row.possible
    return known, possible
