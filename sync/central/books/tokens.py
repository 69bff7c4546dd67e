"""One token's taps as the centre knows them all, and what is truly known of it on the way through them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import field
from typing import Final

from edge.domain.entry import Entry, Intent, PaidTap
from edge.domain.frozen import frozen, mutable
from edge.domain.medium import Snapshot
from edge.domain.replay import medium_of
from edge.domain.tariff.bundle import Bundle
from edge.domain.tariff.state import Chain, CounterRow, CounterState, Effect
from edge.domain.tariff.versions import in_force

PERSON: Final = "person"
"""Whose counters are merged from claims: every other one is kept for the medium."""
LONG_PERIODS: Final = frozenset({"calendar_year", "ever"})
"""Periods of counters that begin before the taps that are read to derive a token."""
DAY_PERIODS: Final = frozenset({"calendar_day", "meal_session"})
"""Periods of counters for which the taps of the days in question are enough."""


@frozen
class Tapped:
    """One earned tap of a token: the entry that states its charge, and the tariff of its edition."""

    entry: Entry
    versions: tuple[Bundle, ...]

    @property
    def body(self) -> Intent | PaidTap:
        """Return the body; raises ``TypeError`` for an entry that states no charge."""
        if not isinstance(self.entry.body, Intent | PaidTap):
            raise TypeError(f"entry {self.entry.seq} states no charge")
        return self.entry.body

    @property
    def identity(self) -> tuple[str, int, int]:
        """Return (terminal, epoch, seq)."""
        return self.entry.terminal, self.entry.epoch, self.entry.seq

    @property
    def name(self) -> str:
        """Return how references name it."""
        return "{}/{}/{}".format(*self.identity)

    @property
    def medium(self) -> Snapshot | None:
        """Return what was read of the medium."""
        return medium_of(self.body)

    def bundle(self) -> Bundle:
        """Return the version in force at the tap; raises ``POLICY_MISSING``."""
        return in_force(self.versions, self.entry.time_ms)


@mutable
class Known:
    """What is truly known of a token while its taps are walked through: its counters, and its transfer chain."""

    counters: Counter[tuple[str, str]] = field(default_factory=Counter)
    chain: Chain | None = None

    def count(self, effects: Iterable[Effect], chain: Chain | None) -> None:
        """Take in what an accepted tap changes; quotas of persons are merged elsewhere."""
        for effect in effects:
            if not effect.subject:
                self.counters[effect.counter, effect.bucket] += effect.add
        self.chain = chain if chain is not None else self.chain

    def state(self) -> CounterState:
        """Return it as the engine reads it."""
        return CounterState(self.rows(), self.chain)

    def rows(self) -> tuple[CounterRow, ...]:
        """Return the counters."""
        return tuple(CounterRow(*name, value) for name, value in sorted(self.counters.items()))

    def above(self, told: Iterable[CounterRow], bundle: Bundle) -> tuple[CounterRow, ...]:
        """Return the counters as they truly stood; of persons, what the terminal was told.

        A period longer than the taps that were read is at least what the terminal was told of it.
        """
        known = Counter(self.counters)
        persons: list[CounterRow] = []
        for row in told:
            if not is_the_media(bundle, row.counter):
                persons.append(row)
            elif bundle.counters[row.counter].period in LONG_PERIODS:
                known[row.counter, row.bucket] = max(row.known, known[row.counter, row.bucket])
        rows = (CounterRow(*name, value) for name, value in sorted(known.items()) if value)
        return (*rows, *persons)


def counts_for_longer(taps: Iterable[Tapped]) -> bool:
    """Say whether a tariff of these taps counts over weeks or months: then all taps since have to be read."""
    bundles = {bundle.id: bundle for tap in taps for bundle in tap.versions}
    counters = (counter for bundle in bundles.values() for counter in bundle.counters.values())
    return any(counter.period not in DAY_PERIODS for counter in counters if counter.subject != PERSON)


def is_the_media(bundle: Bundle, counter: str) -> bool:
    """Say whether a counter is kept for the medium: quotas of persons are merged, not counted here."""
    return counter in bundle.counters and bundle.counters[counter].subject != PERSON
