"""Single numbers that the centre keeps about itself."""

from __future__ import annotations

from typing import Final, cast

from sync.central.store import statements as sql
from sync.central.store.port import Query, Work, insert_rows

CENTRE_EPOCH: Final = "centre_epoch"
VERSION_FLOOR: Final = "version_floor"


def fact_work(name: str, default: int) -> Work[int]:
    """Return a number, ``default`` where it was never set."""
    rows = yield Query(sql.FACT, (name,))
    return cast("int", rows[0][0]) if rows else default


def restored_work(now_ms: int) -> Work[int]:
    """Pass over every number that the lost store may have given since its backup; returns the new centre epoch.

    The clock is what a restored store cannot have forgotten: both the centre's epoch and the next versions of reference
    data go on from the seconds since 1970, so that the same backup restored twice never gives one number twice.
    """
    now_s = now_ms // 1000
    raised = max((yield from fact_work(CENTRE_EPOCH, 1)) + 1, now_s)
    floor = max((yield from fact_work(VERSION_FLOOR, 1)), now_s)
    yield insert_rows(sql.SET_FACT, [(CENTRE_EPOCH, raised), (VERSION_FLOOR, floor)])
    return raised
