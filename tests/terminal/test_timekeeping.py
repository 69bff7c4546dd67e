"""Signed time outlives a restart, is written down rarely, and never falls."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.ports import TimeMarks
from edge.terminal.timekeeping import KEPT_EVERY_MS, is_due
from tests.store.journals import journal_at
from tests.terminal.risk_rig import START_MS, HandClock, ageing_line


async def test_signed_time_is_kept_once_and_again_only_after_a_while(tmp_path: Path) -> None:
    async with ageing_line(tmp_path) as line:
        line.hear_centre()
        await line.time.keep()
        kept = line.paper.journal.position().time
        line.clock.now_ms += KEPT_EVERY_MS // 2
        await line.time.keep()
        assert line.paper.journal.position().time == kept
        line.clock.now_ms += KEPT_EVERY_MS
        await line.time.keep()
        assert line.paper.journal.position().time.high_water_ms > kept.high_water_ms
    assert kept.signed_ms == START_MS


async def test_a_start_without_any_clock_goes_on_from_the_kept_mark(tmp_path: Path) -> None:
    clock = HandClock()
    async with ageing_line(tmp_path, clock) as line:
        line.hear_centre()
        await line.time.keep()
    clock.ahead_ms = -clock.now_ms
    async with ageing_line(tmp_path, clock):
        assert clock.wall_ms() == START_MS


async def test_neither_the_mark_nor_the_signed_time_ever_falls(tmp_path: Path) -> None:
    async with journal_at(tmp_path / "journal.db") as journal:
        await journal.keep_time(TimeMarks(50, 40, 30))
        await journal.keep_time(TimeMarks(20, 10, 5))
        assert journal.position().time == TimeMarks(50, 40, 5)
    async with journal_at(tmp_path / "journal.db") as journal:
        assert journal.position().time == TimeMarks(50, 40, 5)


@pytest.mark.parametrize(
    ("marks", "due"),
    [
        (TimeMarks(KEPT_EVERY_MS, 0, 0), True),
        (TimeMarks(0, KEPT_EVERY_MS, 0), True),
        (TimeMarks(0, 0, KEPT_EVERY_MS), True),
        (TimeMarks(KEPT_EVERY_MS - 1, 1, 1), False),
    ],
    ids=["the mark rose", "a signed time came", "an edition was confirmed", "nothing much"],
)
def test_what_is_worth_a_flush(marks: TimeMarks, due: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_due(TimeMarks(), marks) is due


def test_an_edition_that_was_returned_to_is_worth_a_flush() -> None:
    assert is_due(TimeMarks(10, 10, 10), TimeMarks(10, 10, 0))
