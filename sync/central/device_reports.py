"""What a terminal told of itself with its last batch: unsigned, bounded, kept as one row that moves where it stands.

Whoever sends what is not of the stated shape loses that figure and nothing else: no batch fails for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, cast

from edge.domain.entry import Entry
from edge.domain.frozen import frozen
from sync.batch import NUMBER_MAX
from sync.central.intake import Accepted, Opened, Verdict
from sync.central.store import report_statements as sql
from sync.central.store.port import Query, Row, Work, insert_rows, listed
from sync.wire import pack, unpack

WORD: Final = re.compile(r"[ -~]{1,64}")
NAMES_MAX: Final = 64
"""Lists and error codes that one terminal names at most; what it names beyond is left out."""
LIST_FIGURES: Final = 2
UNTOLD_MS: Final = -NUMBER_MAX
"""The offset of a clock of which nothing is known."""


@frozen
class Backlog:
    """Entries that a terminal still holds alone, and a time that none of them lies before (0: it holds none)."""

    entries: int
    oldest_ms: int


@frozen
class DeviceReport:
    """What a terminal told last: at ``told_ms`` UTC, or by a stick (``carried``) when its own clock said so.

    ``clock_offset_ms`` is how far its clock was ahead of the centre's, None where it did not say. ``backlog`` entries
    were left, none older than ``oldest_ms``. ``lists`` maps kind and name to version and age in s (below 0: unknown)
    at ``told_ms``, ``faults`` error codes to how often they were met since its start; ``stop`` is the word for which it
    sells nothing.
    """

    terminal: str
    told_ms: int
    carried: bool
    clock_offset_ms: int | None
    software: str
    profile: str
    stop: str
    edition: int
    backlog: int
    oldest_ms: int
    lists: Mapping[str, tuple[int, int]]
    faults: Mapping[str, int]


def reports_work(terminals: Sequence[str]) -> Work[Mapping[str, DeviceReport]]:
    """Return what each of some terminals told last, by name; one that told nothing yet is left out."""
    if not terminals:
        return {}
    return {cast("str", row[0]): _report(row) for row in (yield listed(sql.REPORTS_OF, (), terminals))}


def _report(row: Row) -> DeviceReport:
    terminal, told_ms, carried, offset_ms = cast("tuple[str, int, int, int]", tuple(row[:4]))
    words, numbers = cast("tuple[str, str, str]", tuple(row[4:7])), cast("tuple[int, int, int]", tuple(row[7:10]))
    lists, faults = (unpack(cast("bytes", packed)) for packed in row[10:])
    ages = {name: (version, age_s) for name, (version, age_s) in lists.items()}
    clock_offset_ms = None if offset_ms == UNTOLD_MS else offset_ms
    return DeviceReport(terminal, told_ms, bool(carried), clock_offset_ms, *words, *numbers, ages, faults)


def report_work(opened: Opened, verdict: Verdict, now_ms: int, *, carried: bool) -> Work[None]:
    """Keep what a terminal told with a batch whose signature was checked, unless it told something newer before.

    What was ``carried`` by hand is as old as the terminal's own clock says, and tells nothing of that clock.
    """
    told, terminal = opened.batch.device, opened.batch.span.terminal
    sent_ms = _number(told.get("sent_ms"))
    told_ms = min(sent_ms, now_ms) if carried else now_ms
    backlog = backlog_of(opened, verdict)
    row = (
        told_ms,
        int(carried),
        UNTOLD_MS if carried or not sent_ms else sent_ms - now_ms,
        _word(told.get("software")),
        _word(told.get("profile")),
        _word(told.get("stop")),
        _number(told.get("edition")),
        backlog.entries,
        backlog.oldest_ms,
        pack(_lists(told.get("lists"))),
        pack(_faults(told.get("faults"))),
    )
    if not (yield Query(sql.MOVE_REPORT, (*row, terminal, told_ms))):
        yield insert_rows(sql.ADD_REPORT, [(*row, terminal)])


def backlog_of(opened: Opened, verdict: Verdict) -> Backlog:
    """Return what is left after a batch: what was told less what is held now.

    Entries lie in order, so what is left is no older than the last one that came; where nothing was taken, than the
    first. An older release tells of the one journal that it sends (``backlog``), not of all (``waiting``).
    """
    told = opened.batch.device
    waiting = _number(told.get("waiting", told.get("backlog")))
    taken = len(verdict.booked) if isinstance(verdict, Accepted) else 0
    left = max(0, waiting - taken)
    edge = opened.entries[-1 if taken else 0]
    return Backlog(left, edge.time_ms if left and isinstance(edge, Entry) and 0 < edge.time_ms < NUMBER_MAX else 0)


def _number(told: object) -> int:
    return told if type(told) is int and 0 <= told < NUMBER_MAX else 0


def _word(told: object) -> str:
    return told if isinstance(told, str) and WORD.fullmatch(told) else ""


def _lists(told: object) -> dict[str, list[int]]:
    """Return version and age in s of each list, by kind and name; an age below zero was not known."""
    named = told.items() if isinstance(told, Mapping) else ()
    return dict([(name, [*figures]) for name, figures in named if _word(name) and _is_figures(figures)][:NAMES_MAX])


def _is_figures(told: object) -> bool:
    return isinstance(told, list) and len(told) == LIST_FIGURES and all(type(each) is int for each in told)


def _faults(told: object) -> dict[str, int]:
    """Return how often each error code was met since the terminal's start."""
    named = told.items() if isinstance(told, Mapping) else ()
    return dict([(code, _number(count)) for code, count in named if _word(code) and _number(count)][:NAMES_MAX])
