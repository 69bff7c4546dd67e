"""Entries that belong to no tap: what staff, drivers and technicians did, and what the terminal notes of itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from edge.domain.entry import NO_TAP, Body, Draft, Kind, Remark
from edge.domain.errors import OneCardError, Recovery, StoreError
from edge.terminal.line import TapLine
from edge.terminal.reporting import edition_of


def noting(line: TapLine, report: Callable[[OneCardError], None]) -> Callable[[Remark], Awaitable[None]]:
    """Return who writes notes down; a disk without room for one is reported, and keeps nothing from being done."""

    async def note(remark: Remark) -> None:
        try:
            await line.journal.append(draft_now(line, Kind.NOTE, remark))
        except StoreError as error:
            if error.recovery is not Recovery.DEGRADE:
                raise
            report(error)

    return note


def draft_now(line: TapLine, kind: Kind, body: Body) -> Draft:
    """Return the draft of such an entry: of now, under the edition in force."""
    clock = line.clock
    return Draft(kind, clock.wall_ms(), clock.quality(), edition_of(line.reference), NO_TAP, 0, body)
