"""Business days: civil days in China, YYYYMMDD as a number."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from edge.domain.authorize import civil_date
from sync.central.persons import UTC_OFFSET_MIN

WEEK_D: Final = 7


def business_day(time_ms: int) -> int:
    """Return the business day of a moment in ms UTC."""
    return int(day_text(time_ms))


def day_text(time_ms: int) -> str:
    """Return the business day of a moment in ms UTC, as eight digits."""
    return civil_date(time_ms, UTC_OFFSET_MIN)


def end_ms(day: int) -> int:
    """Return the first moment after a business day, in ms UTC; 0 for no day at all."""
    if not day:
        return 0
    after = _date(day) + timedelta(days=1)
    midnight = datetime(after.year, after.month, after.day, tzinfo=UTC)
    return int(midnight.timestamp() * 1000) - UTC_OFFSET_MIN * 60_000


def day_before(day: int) -> int:
    """Return the business day before one."""
    return _number(_date(day) - timedelta(days=1))


def context_start(day: int) -> int:
    """Return the day from which taps are needed to price those of ``day``: its month, its week, one day before."""
    here = _date(day)
    first = min(here.replace(day=1), here - timedelta(days=here.weekday()))
    return _number(first - timedelta(days=1))


def _date(day: int) -> date:
    return date(day // 10_000, day // 100 % 100, day % 100)


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
