"""A journal whose device goes to the next release and back: the schema's step, cut anywhere, loses nothing.

Whatever is left, this release opens it, the next one does after it, and this one again; each finds every promise kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from tests.crash.lab.subject import Marks, Subject
from tests.crash.lab.trace import Mark
from tests.crash.subjects.journal import broken_at, commit_without_waiting
from tests.crash.subjects.journal_life import Life
from tests.store.next_release import next_release

TAPS: Final = 4
RELEASES: Final = (False, True, False, True)
"""The releases lived through, in turn: whether it is the next one."""


def live(folder: Path, marks: Marks) -> None:
    """Take a few taps under each release."""
    first = 1
    for is_next in RELEASES:
        with next_release() if is_next else nullcontext():
            asyncio.run(_taps(folder / "journal.db", marks, first))
        first += TAPS


async def _taps(path: Path, marks: Marks, first: int) -> None:
    life = Life(path, marks)
    await life.start()
    try:
        for tap in range(first, first + TAPS):
            await life.tap(tap)
    finally:
        await life.close()


async def check(folder: Path, marks: Sequence[Mark]) -> list[str]:
    """Open what is left by either release in turn, and hold it against its promises."""
    broken: list[str] = []
    for is_next in (False, True, False):
        with next_release() if is_next else nullcontext():
            broken += await broken_at(folder / "journal.db", marks)
    return broken


MIGRATION: Final = Subject("migration", live, check, {"a commit does not wait for the disk": commit_without_waiting})
