"""Statements that find one tap by its id, and all that hangs on it. They read every terminal's rows: people ask them.

The index holds the entries that begin a tap (kinds 1 intent, 6 declined, 7 tap without a write), no others: what is
said of them later names them by number.
"""

from __future__ import annotations

from typing import Final

TAPS: Final = ("CREATE INDEX entry_by_tap ON entry (tap_id) WHERE kind IN (1, 6, 7)",)

FOUND: Final = """SELECT terminal_id, epoch, seq FROM entry WHERE kind IN (1, 6, 7) AND tap_id >= ? AND tap_id <= ?
    ORDER BY tap_id, terminal_id, epoch, seq LIMIT ?"""
ENTRIES_OF: Final = """SELECT seq, raw FROM entry WHERE terminal_id = ? AND epoch = ? AND seq = ?
    UNION ALL SELECT seq, raw FROM entry WHERE terminal_id = ? AND epoch = ? AND ref_seq = ?"""
ASIDE_SINCE: Final = """SELECT seq, code, raw FROM quarantine WHERE terminal_id = ? AND epoch = ? AND seq >= ?
    ORDER BY seq"""
ALL_ASIDE: Final = "SELECT terminal_id, epoch, seq, raw FROM quarantine ORDER BY terminal_id, epoch, seq LIMIT ?"
BATCH_OF: Final = """SELECT received_ms, envelope FROM batch WHERE terminal_id = ? AND epoch = ? AND first_seq <= ?
    AND last_seq >= ? ORDER BY received_ms, batch_hash LIMIT 1"""
LINES_OF: Final = """SELECT seq, business_day, account, party, fen FROM book_line WHERE terminal_id = ? AND epoch = ?
    AND seq IN ({items}) ORDER BY seq, line"""
FILE_DAY: Final = """SELECT coalesce(min(business_day), 0) FROM closing_cut WHERE terminal_id = ? AND epoch = ?
    AND posted_seq >= ? AND business_day >= ?"""
ADJUSTMENT_FILE: Final = """SELECT coalesce(min(c.business_day), 0) FROM closing_turn AS c WHERE c.bucket = ?
    AND c.turn >= ? AND c.business_day >= ?"""
DECIDED_OF: Final = """SELECT a.reason, a.terminal_id, a.epoch, a.seq, a.reference, a.business_day, a.turn,
    coalesce(l.account, ''), coalesce(l.party, ''), coalesce(l.fen, 0) FROM adjustment AS a
    LEFT JOIN adjustment_line AS l ON l.bucket = a.bucket AND l.subject = a.subject AND l.turn = a.turn
    AND l.item = a.item WHERE a.bucket = ? AND a.subject = ?
    ORDER BY a.turn, a.item, l.line"""
