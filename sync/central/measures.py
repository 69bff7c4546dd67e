"""The centre's figures in the text format of Prometheus. The only door to prometheus_client, an extra.

No label names a terminal, a medium or a person: what is known of one is asked for by page or command.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector, generate_latest

from sync.central.admission import Admission
from sync.central.centre import Centre
from sync.central.figures import Figures
from sync.central.measuring import Told
from sync.paths import batches_path

FIGURES_S: Final = 15.0
"""Figures of the whole fleet are counted anew after so long, however many ask."""
INGEST_S: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
AGE_S: Final = (5.0, 30.0, 120.0, 600.0, 3_600.0, 4 * 3_600.0, 86_400.0, 7 * 86_400.0)
BACKLOG: Final = (0, 10, 100, 1_000, 10_000, 100_000)
OFFSET_S: Final = (1.0, 5.0, 15.0, 60.0, 300.0, 3_600.0, 86_400.0)
BATCHES: Final = batches_path("{terminal}")
OK: Final = 200
BUSY: Final = 503


class ServerMeasures:
    """The figures of one server; ``now_s`` is a clock that never goes back."""

    def __init__(self, centre: Centre, admission: Admission, now_s: Callable[[], float], version: str) -> None:
        self.registry = CollectorRegistry()
        self._centre = centre
        self._now_s = now_s
        self._counted_s = -FIGURES_S
        self._requests()
        self._ingest()
        self._fleet()
        parked = self._gauge("long_polls_parked", "Requests that wait for a publication")
        parked.set_function(lambda: centre.parking.parked)
        self._gauge("places_taken", "Batches that are being read or worked on").set_function(lambda: admission.taken)
        self._gauge("places", "Batches that may be worked on at once").set(admission.places)
        Info("onecard_build", "The release that runs here", registry=self.registry).info({"version": version})
        ProcessCollector(registry=self.registry)

    def saw(self, told: Told) -> None:
        """Count a request."""
        self._answered.labels(told.method, told.route, str(told.status)).inc()
        if told.route == BATCHES:
            self._saw_batch(told)

    async def exposition(self) -> bytes:
        """Return all figures; those of the fleet may be some seconds old. Raises StoreError."""
        if self._now_s() - self._counted_s >= FIGURES_S:
            self._set(await self._centre.figures())
            self._counted_s = self._now_s()
        return generate_latest(self.registry)

    def _requests(self) -> None:
        labels = ("method", "route", "status")
        self._answered = Counter("onecard_requests", "Requests answered", labels, registry=self.registry)

    def _ingest(self) -> None:
        kept = self.registry
        self._batches = Counter("onecard_batches", "Batches by what became of them", ("result",), registry=kept)
        self._taps = Counter("onecard_taps_ingested", "Taps whose charge was taken, new at the centre", registry=kept)
        self._entries = Counter("onecard_entries_ingested", "Entries new at the centre", ("result",), registry=kept)
        self._took = Histogram(
            "onecard_ingest_duration_seconds", "From a batch's head to its ack", buckets=INGEST_S, registry=kept
        )
        self._backlog = Histogram(
            "onecard_terminal_backlog_entries",
            "Entries that a terminal says it has not sent, at each batch",
            buckets=BACKLOG,
            registry=kept,
        )
        self._age = Histogram(
            "onecard_entry_age_seconds", "Age of the oldest new entry of a batch", buckets=AGE_S, registry=kept
        )
        self._offset = Histogram(
            "onecard_clock_offset_seconds", "How far a terminal's clock is off", buckets=OFFSET_S, registry=kept
        )

    def _fleet(self) -> None:
        self._terminals = self._gauge("terminals", "Terminals that are enrolled")
        self._heard = self._gauge("terminals_heard", "Terminals heard of within a span", "within")
        self._edition = self._gauge("edition", "Number of the newest edition")
        self._gaps = self._gauge("sequence_gaps", "Journals that stand at a gap")
        self._aside = self._gauge("quarantined_entries", "Entries set aside")
        self._conflict = self._gauge("conflict_entries", "Entries of forked journals, kept apart")
        self._suspense = self._gauge("suspense_fen", "Money that waits for a decision, in fen", "why")
        self._alarms = self._gauge("alarms", "Alarms raised, by kind", "kind")
        self._behind = self._gauge("books_behind_entries", "Entries that the books' worker has not posted yet")

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"onecard_{name}", text, labels, registry=self.registry)

    def _saw_batch(self, told: Told) -> None:
        facts = told.facts
        result = facts.get("result") or ("busy" if told.status == BUSY else "refused")
        self._batches.labels(str(result)).inc()
        if told.status == OK:
            self._took.observe(told.took_s)
        self._taps.inc(_number(facts.get("taps")))
        aside = _number(facts.get("aside"))
        self._entries.labels("aside").inc(aside)
        self._entries.labels("held").inc(_number(facts.get("entries")) - aside)
        for name, histogram in (("backlog", self._backlog), ("age_s", self._age), ("offset_s", self._offset)):
            if name in facts:
                histogram.observe(_number(facts[name]))

    def _set(self, figures: Figures) -> None:
        self._terminals.set(figures.terminals)
        for span, count in figures.heard.items():
            self._heard.labels(span).set(count)
        self._edition.set(figures.edition)
        self._gaps.set(figures.gaps)
        self._aside.set(figures.aside_entries)
        self._conflict.set(figures.conflict_entries)
        self._suspense.labels("quarantine").set(figures.aside_fen)
        self._suspense.labels("conflict").set(figures.conflict_fen)
        self._behind.set(figures.books_behind)
        for kind, count in figures.alarms.items():
            self._alarms.labels(kind).set(count)


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0
