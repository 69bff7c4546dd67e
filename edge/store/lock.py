"""The lock file of a state folder: who holds it owns the journals in it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from edge.domain.errors import StoreError


class JournalLock:
    """An advisory ``flock`` on ``journal.lock``; the kernel drops it when the process dies, however it dies.

    SQLite's own exclusive lock guards each file as well; this one also covers the moments when none is open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Take the lock; raises ``STORE_LOCKED``, or ``STORE_MISSING`` where there is no state folder."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError("STORE_MISSING", f"{self._path}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise StoreError("STORE_LOCKED", f"{self._path}: held by another process") from error
        self._descriptor = descriptor
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
