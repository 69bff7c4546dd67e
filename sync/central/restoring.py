"""What is asked of an operator's clock before a store from a backup is declared restored."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, cast

from edge.domain.errors import ConfigError
from sync.central.facts import restored_work
from sync.central.store import statements as sql
from sync.central.store.port import Query, Work

BACKUP_AGE_MAX_DAYS: Final = 92
AFTER_MAX: Final = 2**39
"""Above any number that a clock gives in seconds, and far below what an epoch may be."""
DAY_MS: Final = 86_400_000


def declared_work(now_ms: int, after: int, *, clock_is_right: bool) -> Work[int]:
    """Pass over every number that may have been given since the backup; returns the new centre epoch.

    The numbers go on from the clock, see :func:`restored_work`: one that is behind would give them twice, one that is
    far ahead would have terminals refuse every centre restored after it. Raises ``CONFIG_VALUE`` where the clock shows
    a time before what the backup holds, or one so long after it that nobody restores such a backup.
    """
    if not 0 <= after < AFTER_MAX:
        raise ConfigError("CONFIG_VALUE", f"a centre epoch lies between 0 and {AFTER_MAX}")
    newest_ms = yield from newest_time_work()
    if newest_ms and not clock_is_right:
        if now_ms < newest_ms:
            raise _doubted(now_ms, newest_ms, "lies before it")
        if now_ms > newest_ms + BACKUP_AGE_MAX_DAYS * DAY_MS:
            raise _doubted(now_ms, newest_ms, f"lies more than {BACKUP_AGE_MAX_DAYS} days after it")
    return (yield from restored_work(now_ms, after))


def newest_time_work() -> Work[int]:
    """Return the newest time that the store holds: of a terminal that was heard of, or of an edition (0: neither)."""
    seen = yield Query(sql.LAST_SEEN)
    published = yield Query(sql.EDITION_TIMES)
    return max(cast("int", seen[0][0] or 0), *(cast("int", row[1]) for row in published), 0)


def _doubted(now_ms: int, newest_ms: int, how: str) -> ConfigError:
    told = f"the backup reaches to {_told(newest_ms)}, and the clock, {_told(now_ms)}, {how}"
    return ConfigError("CONFIG_VALUE", f"{told}: set the clock, or say --clock-is-right")


def _told(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms // 1000, UTC).isoformat()
