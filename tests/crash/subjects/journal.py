"""The terminal's journal as a subject of the crash lab."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edge.domain.errors import OneCardError
from edge.store import database
from tests.crash.lab.subject import Marks, Subject
from tests.crash.lab.trace import Mark
from tests.crash.subjects.journal_life import SETTINGS, Life
from tests.crash.subjects.promises import broken_promises, promised
from tests.store.journals import opened

TAPS: Final = 45


def live(folder: Path, marks: Marks) -> None:
    """Take taps and keep house."""
    asyncio.run(Life(folder / "journal.db", marks).live(TAPS))


async def check(folder: Path, marks: Sequence[Mark]) -> list[str]:
    """Open the journal again and hold it against its promises."""
    return await broken_at(folder / "journal.db", marks)


async def broken_at(path: Path, marks: Sequence[Mark]) -> list[str]:
    """Return which promises a journal breaks, or why it does not open."""
    journal = await opened(path, SETTINGS)
    try:
        return await broken_promises(journal, promised(marks))
    except OneCardError as error:
        return [str(error)]
    finally:
        await journal.close()


def commit_without_waiting() -> None:
    """Plant the fault that a commit comes back before the disk has it."""
    setattr(database, "SYNCHRONOUS", "NORMAL")  # noqa: B010 - a planted fault; the name is final


NO_WAIT: Final = "a commit does not wait for the disk"

JOURNAL: Final = Subject("journal", live, check, {NO_WAIT: commit_without_waiting})
