"""How fleet and books stand, as a few numbers: for dashboards and alarms, never by terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from edge.domain.frozen import frozen
from sync.central.artifacts import newest_edition_work
from sync.central.store import book_statements as books
from sync.central.store import figure_statements as sql
from sync.central.store.port import Cell, Query, Work

SPANS_MS: Final = {"5m": 300_000, "1h": 3_600_000, "1d": 86_400_000}
"""Within which a terminal was heard of."""


@frozen
class Figures:
    """Counts of terminals, in all and by when they were last heard of; what stands open; money set aside, in fen.

    ``books_behind`` are the entries that the worker has not posted yet.
    """

    terminals: int
    heard: Mapping[str, int]
    edition: int
    gaps: int
    aside_entries: int
    aside_fen: int
    conflict_entries: int
    conflict_fen: int
    alarms: Mapping[str, int]
    books_behind: int


def figures_work(now_ms: int) -> Work[Figures]:
    """Count; only small tables are read whole."""
    terminals = yield from _number(sql.HEARD, 0)
    heard = {}
    for name, span_ms in SPANS_MS.items():
        heard[name] = yield from _number(sql.HEARD, now_ms - span_ms)
    edition = yield from newest_edition_work()
    gaps = yield from _number(sql.OPEN_GAP_COUNT)
    aside, aside_fen = (yield from _number(sql.ASIDE_COUNT)), (yield from _number(sql.ASIDE_FEN))
    ((conflict, conflict_fen),) = yield Query(sql.CONFLICT_COUNT)
    alarms = {cast("str", kind): cast("int", count) for kind, count in (yield Query(sql.ALARM_COUNTS))}
    held_apart = (int(cast("int", conflict)), int(cast("int", conflict_fen)))
    books_behind = yield from _number(books.BEHIND_BY)
    return Figures(terminals, heard, edition, gaps, aside, aside_fen, *held_apart, alarms, books_behind)


def _number(statement: str, *cells: Cell) -> Work[int]:
    ((number,),) = yield Query(statement, cells)
    return int(cast("int", number))  # PostgreSQL sums BIGINT as NUMERIC
