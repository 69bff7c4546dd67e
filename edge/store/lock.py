"""The lock file of a state folder: who holds it owns the journals in it."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from sync.enrolment_files import open_lock


class JournalLock:
    """An advisory ``flock`` on ``journal.lock``; the kernel drops it when the process dies, however it dies.

    SQLite's own exclusive lock guards each file as well; this one also covers the moments when none is open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Take the lock; raises what :func:`sync.enrolment_files.open_lock` raises, ``STORE_LOCKED`` first of all."""
        self._descriptor = open_lock(self._path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def release(self) -> None:
        """Give the lock back; idempotent. The file stays, for removing it would let two owners in."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
