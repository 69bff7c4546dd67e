"""Single numbers that the centre keeps about itself."""

from __future__ import annotations

from typing import Final, cast

from sync.central.store import statements as sql
from sync.central.store.port import Query, Work, insert_rows

CENTRE_EPOCH: Final = "centre_epoch"
VERSION_FLOOR: Final = "version_floor"
EPOCH_FLOOR: Final = "epoch_floor"
RESTORED_MS: Final = "restored_ms"


PUBLISHING: Final = "turn_publishing"
LEASING: Final = "turn_leasing"


def take_turn(name: str) -> Work[None]:
    """Take a turn for the rest of the transaction: whoever wants the same one waits, also in another process."""
    yield insert_rows(sql.TAKE_TURN, [(name, 0)])


def fact_work(name: str, default: int) -> Work[int]:
    """Return a number, ``default`` where it was never set."""
    rows = yield Query(sql.FACT, (name,))
    return cast("int", rows[0][0]) if rows else default


def restored_work(now_ms: int, after: int = 0) -> Work[int]:
    """Pass over every number that the lost store may have given since its backup; returns the new centre epoch.

    The clock is what a restored store cannot have forgotten: the centre's epoch, the next versions of reference data
    and the epochs of terminals go on from the seconds since 1970, so that no number is given twice though backups are
    restored twice and in any order. An enrolment takes two numbers of one terminal, a publication one: neither
    overtakes the seconds. ``after`` is a centre epoch that terminals have heard, where a clock that was wrong gave it.
    """
    yield from take_turn(PUBLISHING)
    now_s = max(now_ms // 1000, after + 1)
    raised = max((yield from fact_work(CENTRE_EPOCH, 1)) + 1, now_s)
    floor = max((yield from fact_work(VERSION_FLOOR, 1)), now_s)
    epochs = max((yield from fact_work(EPOCH_FLOOR, 0)), now_s)
    floors = [(CENTRE_EPOCH, raised), (VERSION_FLOOR, floor), (EPOCH_FLOOR, epochs)]
    yield insert_rows(sql.SET_FACT, [*floors, (RESTORED_MS, now_ms)])
    return raised


def restored_ms_work() -> Work[int]:
    """Return when the store was last declared restored, ms UTC; a store of an earlier release says so by its epoch."""
    epoch = yield from fact_work(CENTRE_EPOCH, 1)
    return (yield from fact_work(RESTORED_MS, 1000 * epoch))
