"""Where a journal stands, as others are told, and the signed time that it keeps."""

from __future__ import annotations

import sqlite3

from edge.ports import Position, TimeMarks
from edge.store.standing import Standing, read_standing, unsent_by_family, update_standing


def position_of(standing: Standing, epoch: int, last_seq: int) -> Position:
    """Return where a journal stands."""
    return Position(
        epoch=epoch,
        last=last_seq,
        acked=standing.acked,
        send_from=standing.send_from,
        unsent_count=standing.unsent_count,
        unsent_fen=standing.unsent_fen,
        fence=standing.fence,
        time=TimeMarks(standing.high_water_ms, standing.signed_ms, standing.confirmed_ms),
        unsent_by_family=unsent_by_family(standing),
        unsent_first=standing.unsent_first,
        aside=standing.aside_through,
    )


def keep_time(connection: sqlite3.Connection, marks: TimeMarks) -> None:
    """Keep signed time; what has surely passed has passed for good."""
    standing = read_standing(connection)
    update_standing(
        connection,
        high_water_ms=max(standing.high_water_ms, marks.high_water_ms),
        signed_ms=max(standing.signed_ms, marks.signed_ms),
        confirmed_ms=marks.confirmed_ms,
    )
