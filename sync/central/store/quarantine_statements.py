# ruff: noqa: S608 - statements are put together of texts of this module alone
"""Statements about what was set aside and how each came to its end. What came stays as it came: an end is a row beside.

``booked`` says that the books have followed; until then their worker does it.
"""

from __future__ import annotations

from typing import Final

QUARANTINE: Final = (
    """CREATE TABLE quarantine_end (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, seq BIGINT NOT NULL,
       how TEXT NOT NULL, who TEXT NOT NULL, reason TEXT NOT NULL, ended_ms BIGINT NOT NULL, booked BIGINT NOT NULL,
       PRIMARY KEY (terminal_id, epoch, seq))""",
)

ADD_END: Final = """INSERT INTO quarantine_end (terminal_id, epoch, seq, how, who, reason, ended_ms, booked)
    VALUES {rows} ON CONFLICT DO NOTHING RETURNING seq"""
END_OF: Final = """SELECT how, who, reason, ended_ms FROM quarantine_end WHERE terminal_id = ? AND epoch = ?
    AND seq = ?"""
UNBOOKED: Final = """SELECT e.terminal_id, e.epoch, e.seq, e.how, e.who, e.reason, e.ended_ms FROM quarantine_end AS e
    JOIN book_mark AS m ON m.terminal_id = e.terminal_id AND m.epoch = e.epoch AND m.posted_seq >= e.seq
    WHERE e.booked = 0 ORDER BY e.ended_ms, e.terminal_id, e.epoch, e.seq"""
BOOK_END: Final = "UPDATE quarantine_end SET booked = 1 WHERE terminal_id = ? AND epoch = ? AND seq = ?"

ASIDE_OF: Final = "SELECT code, received_ms, raw FROM quarantine WHERE terminal_id = ? AND epoch = ? AND seq = ?"
TAKEN_FROM: Final = """SELECT q.raw FROM quarantine AS q JOIN quarantine_end AS e ON e.terminal_id = q.terminal_id
    AND e.epoch = q.epoch AND e.seq = q.seq WHERE q.terminal_id = ? AND q.epoch = ? AND q.seq >= ?
    AND e.how <> 'written_off' ORDER BY q.seq"""
TAKEN_TAPS_OF: Final = """SELECT t.part, q.raw FROM book_tap AS t JOIN quarantine_end AS e
    ON e.terminal_id = t.terminal_id AND e.epoch = t.epoch AND e.seq = t.seq AND e.how <> 'written_off'
    JOIN quarantine AS q ON q.terminal_id = t.terminal_id AND q.epoch = t.epoch AND q.seq = t.tap_seq
    WHERE t.subject = ? AND t.business_day >= ?"""
LINES_OF: Final = """SELECT account, party, sum(fen) FROM book_line WHERE terminal_id = ? AND epoch = ? AND seq = ?
    GROUP BY account, party ORDER BY account, party"""
SHOWN: Final = """q.terminal_id, q.epoch, q.seq, q.code, q.received_ms, q.raw, coalesce((SELECT sum(p.fen)
    FROM posting AS p WHERE p.terminal_id = q.terminal_id AND p.epoch = q.epoch AND p.seq = q.seq
    AND p.account = 'suspense:quarantine'), 0)"""
OPEN_ASIDE: Final = f"""SELECT {SHOWN}, '', '', '', 0 FROM quarantine AS q WHERE NOT EXISTS (SELECT 1
    FROM quarantine_end AS e WHERE e.terminal_id = q.terminal_id AND e.epoch = q.epoch AND e.seq = q.seq)
    AND (q.terminal_id, q.epoch, q.seq) > (?, ?, ?) ORDER BY q.terminal_id, q.epoch, q.seq LIMIT ?"""
ENDED_ASIDE: Final = f"""SELECT {SHOWN}, e.how, e.who, e.reason, e.ended_ms FROM quarantine_end AS e
    JOIN quarantine AS q ON q.terminal_id = e.terminal_id AND q.epoch = e.epoch AND q.seq = e.seq
    WHERE (e.ended_ms, e.terminal_id, e.epoch, e.seq) < (?, ?, ?, ?)
    ORDER BY e.ended_ms DESC, e.terminal_id DESC, e.epoch DESC, e.seq DESC LIMIT ?"""
ONE_ASIDE: Final = f"""SELECT {SHOWN}, coalesce(e.how, ''), coalesce(e.who, ''), coalesce(e.reason, ''),
    coalesce(e.ended_ms, 0) FROM quarantine AS q LEFT JOIN quarantine_end AS e ON e.terminal_id = q.terminal_id
    AND e.epoch = q.epoch AND e.seq = q.seq WHERE q.terminal_id = ? AND q.epoch = ? AND q.seq = ?"""
