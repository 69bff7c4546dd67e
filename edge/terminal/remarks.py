"""Entries that belong to no tap: what staff, drivers and technicians did, and what the terminal notes of itself."""

from __future__ import annotations

from edge.domain.entry import NO_TAP, Body, Draft, Kind
from edge.terminal.line import TapLine
from edge.terminal.reporting import edition_of


def draft_now(line: TapLine, kind: Kind, body: Body) -> Draft:
    """Return the draft of such an entry: of now, under the edition in force."""
    clock = line.clock
    return Draft(kind, clock.wall_ms(), clock.quality(), edition_of(line.reference), NO_TAP, 0, body)
