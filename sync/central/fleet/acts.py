"""What was done at the fleet pages: who, what, when, and how it ended. Written down before it is done."""

from __future__ import annotations

from typing import Final, cast

from edge.domain.frozen import frozen
from sync.central.store import fleet_statements as sql
from sync.central.store.port import Query, Work, insert_rows

ACT_ID_BYTES: Final = 16
BEGUN: Final = "begun"
"""How an act stands that has not ended; where the process died over it nobody knows how it would have."""
DONE: Final = "done"
SUBJECT_MAX: Final = 200
BEFORE_NONE: Final = (2**62, "")


@frozen
class Act:
    """One row; ``outcome`` is ``begun``, ``done`` or the code of the error that ended it."""

    act_id: str
    act_ms: int
    name: str
    act: str
    subject: str
    outcome: str


def begin_act_work(act_id: bytes, name: str, act: str, subject: str, now_ms: int) -> Work[None]:
    """Write down what somebody is about to do."""
    yield insert_rows(sql.ADD_ACT, [(act_id, now_ms, name, act, subject[:SUBJECT_MAX], BEGUN)])


def note_work(act_id: bytes, name: str, act: str, outcome: str, now_ms: int) -> Work[None]:
    """Write down what has happened already."""
    yield from begin_act_work(act_id, name, act, "", now_ms)
    yield from end_act_work(act_id, outcome)


def end_act_work(act_id: bytes, outcome: str) -> Work[None]:
    """Write down how it ended."""
    yield Query(sql.END_ACT, (outcome, act_id))


def acts_work(before: tuple[int, str], count: int) -> Work[list[Act]]:
    """Return ``count`` acts, the newest first: those before a moment and id; before :data:`BEFORE_NONE` are all."""
    before_ms, before_id = before
    rows = yield Query(sql.ACTS, (before_ms, bytes.fromhex(before_id), count))
    return [Act(cast("bytes", row[0]).hex(), *cast("tuple[int, str, str, str, str]", tuple(row[1:]))) for row in rows]
