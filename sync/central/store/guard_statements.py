"""The statements of meal guards: what tills flagged, and whose meals of a day were claimed at several terminals."""

from __future__ import annotations

from typing import Final

GUARDS: Final = (
    """CREATE TABLE guard_flag (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, seq BIGINT NOT NULL,
       guard TEXT NOT NULL, business_day BIGINT NOT NULL,
       PRIMARY KEY (terminal_id, epoch, seq, guard, business_day))""",
    """CREATE INDEX guard_flag_by_day ON guard_flag (business_day)""",
)

ADD_FLAGS: Final = """INSERT INTO guard_flag (terminal_id, epoch, seq, guard, business_day) VALUES {rows}
    ON CONFLICT DO NOTHING"""
FLAG_COUNTS: Final = """SELECT terminal_id, guard, count(*) FROM guard_flag GROUP BY terminal_id, guard
    ORDER BY terminal_id, guard"""
FLAGS_OF_DAY: Final = """SELECT f.guard, o.kind, r.earned, o.raw FROM guard_flag AS f
    JOIN entry AS o ON o.terminal_id = f.terminal_id AND o.epoch = f.epoch AND o.seq = f.seq
    LEFT JOIN entry AS r ON r.terminal_id = f.terminal_id AND r.epoch = f.epoch AND r.ref_seq = f.seq
    AND r.kind IN (2, 3, 5) WHERE f.business_day = ? ORDER BY f.terminal_id, f.epoch, f.seq, f.guard"""
MEALS_APART: Final = """SELECT DISTINCT c.subject, o.terminal_id, o.epoch, o.seq, o.raw FROM claim AS c
    JOIN entry AS o ON o.terminal_id = c.terminal_id AND o.epoch = c.epoch AND o.seq = c.seq
    LEFT JOIN entry AS r ON r.terminal_id = c.terminal_id AND r.epoch = c.epoch AND r.ref_seq = c.seq
    AND r.kind IN (2, 3, 5) WHERE c.business_day = ? AND c.subject IN (SELECT subject FROM claim
    WHERE business_day = ? GROUP BY subject HAVING count(DISTINCT terminal_id) > 1) AND (o.kind <> 1 OR r.earned = 1)
    AND NOT EXISTS (SELECT 1 FROM entry AS v
    WHERE v.terminal_id = c.terminal_id AND v.epoch = c.epoch AND v.ref_seq = c.seq AND v.kind = 13)
    ORDER BY c.subject, o.terminal_id, o.epoch, o.seq"""
