"""Room on the disk: the warning, the floor below which sales stop, and the reserve that makes pruning possible.

On a full disk even deleting fails, because the deletion is written first. So sales stop early, and a preallocated
file is given back when entries must be pruned.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from edge.crypto.signing import coded_errors
from edge.domain.errors import StoreError
from edge.domain.frozen import frozen
from edge.store.settings import JournalSettings

RESERVE: Final = "journal.reserve"
INODES_MIN: Final = 16
"""Below this many free inodes no edition could be installed; zero total means a file system without them."""


@frozen
class SpaceReport:
    """Room as it stands. Bytes; ``used_percent`` is the larger of the disk's fill and the journal's of its limit.

    ``warn`` asks for attention, ``stop`` says that nothing may be sold until room is made.
    """

    free_bytes: int
    journal_bytes: int
    used_percent: int
    warn: bool
    stop: bool

    def require_room(self) -> None:
        """Raise ``STORE_FULL`` where sales must stop."""
        if self.stop:
            raise StoreError("STORE_FULL", f"{self.free_bytes} bytes free, journal of {self.journal_bytes} bytes")


class Room:
    """The file system of one journal."""

    def __init__(self, journal: Path, settings: JournalSettings) -> None:
        self._folder = journal.parent
        self._reserve = journal.with_name(RESERVE)
        self._settings = settings

    def report(self, journal_bytes: int) -> SpaceReport:
        """Measure. ``journal_bytes`` counts pages in use; the file itself never shrinks."""
        disk = os.statvfs(self._folder)
        free_bytes = disk.f_bavail * disk.f_frsize
        disk_percent = 100 - 100 * disk.f_bavail // max(disk.f_blocks, 1)
        used_percent = max(disk_percent, 100 * journal_bytes // self._settings.bytes_max)
        no_inodes = bool(disk.f_files) and disk.f_favail < INODES_MIN
        full = free_bytes < self._settings.floor_bytes or journal_bytes >= self._settings.bytes_max or no_inodes
        return SpaceReport(
            free_bytes, journal_bytes, used_percent, warn=full or used_percent >= self._settings.warn_percent, stop=full
        )

    def hold_reserve(self) -> bool:
        """Preallocate the reserve where it is not there and the floor leaves room for it; says whether it is held."""
        wanted = self._settings.reserve_bytes
        if not wanted or (self._reserve.exists() and self._reserve.stat().st_size == wanted):
            return True
        if self.report(0).free_bytes < self._settings.floor_bytes + wanted:
            return False
        try:
            _allocate(self._reserve, wanted)
        except OSError as error:
            self.release_reserve()
            raise StoreError("STORE_FULL", f"{self._reserve.name}: {error.strerror}") from error
        return True

    def release_reserve(self) -> None:
        """Give the reserve's blocks back; idempotent."""
        with coded_errors(self._reserve):
            self._reserve.unlink(missing_ok=True)


def bytes_in_use(connection: sqlite3.Connection) -> int:
    """Return the bytes of pages in use; free pages inside the file are used before it grows."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _allocate(path: Path, wanted: int) -> None:
    """Make a file of ``wanted`` bytes that have their blocks; raises ``OSError``."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, wanted)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
