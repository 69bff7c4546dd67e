"""Statements behind the figures of fleet and books: counts alone, and only small tables are read whole."""

from __future__ import annotations

from typing import Final

HEARD: Final = "SELECT count(*) FROM terminal WHERE last_seen_ms >= ?"
OPEN_GAP_COUNT: Final = """SELECT count(*) FROM gap AS g JOIN stream AS s ON s.terminal_id = g.terminal_id
    AND s.epoch = g.epoch AND s.acked_seq + 1 = g.expected_seq"""
ASIDE_COUNT: Final = """SELECT count(*) FROM quarantine AS q WHERE NOT EXISTS (SELECT 1 FROM quarantine_end AS e
    WHERE e.terminal_id = q.terminal_id AND e.epoch = q.epoch AND e.seq = q.seq)"""
ASIDE_FEN: Final = """SELECT coalesce(sum((SELECT sum(p.fen) FROM posting AS p WHERE p.terminal_id = q.terminal_id
    AND p.epoch = q.epoch AND p.seq = q.seq AND p.account = 'suspense:quarantine')), 0) FROM quarantine AS q
    WHERE NOT EXISTS (SELECT 1 FROM quarantine_end AS e
    WHERE e.terminal_id = q.terminal_id AND e.epoch = q.epoch AND e.seq = q.seq)"""
CONFLICT_COUNT: Final = "SELECT count(*), coalesce(sum(suspense_fen), 0) FROM conflict_entry"
ALARM_COUNTS: Final = "SELECT kind, count(*) FROM alarm GROUP BY kind ORDER BY kind"
FILE_SIZE: Final = "SELECT coalesce(sum(length(piece)), 0) FROM part WHERE sha256 = ?"
