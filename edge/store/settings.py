"""How a journal keeps house: retention, room, checkpoints."""

from __future__ import annotations

from typing import Final

from edge.domain.frozen import frozen

DAY_MS: Final = 86_400_000


@frozen
class JournalSettings:
    """Settings of one journal; names and defaults are those of the ``[journal]`` section of the configuration.

    An acked entry stays while it is younger than ``retention_days`` or among the newest ``retention_entries``: at
    least as long as the centre's backups reach back, so that a restored centre can be filled again. Sales warn at
    ``warn_percent`` of ``bytes_max`` or of the disk, and stop at ``bytes_max`` or below ``floor_bytes`` of free space.
    ``wal_bytes`` is the size the write-ahead log is grown to in advance.
    """

    retention_days: int = 90
    retention_entries: int = 10_000
    warn_percent: int = 80
    bytes_max: int = 2_000_000_000
    floor_bytes: int = 64_000_000
    reserve_bytes: int = 4_000_000
    checkpoint_entries: int = 100
    wal_bytes: int = 4_000_000

    @property
    def retention_ms(self) -> int:
        """Return the retention in ms."""
        return self.retention_days * DAY_MS
