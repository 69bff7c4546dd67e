# ruff: noqa: S608 - statements are put together of texts of this module alone
"""Statements behind the pages of terminals: how each stands, counted by state, page by page; and the past of one.

A page is taken by keyset: what comes after the last row's place and name, never the n-th row on.
"""

from __future__ import annotations

from typing import Final

NEWEST_MOVE: Final = "(SELECT max(n.move_no) FROM fleet_group AS n WHERE n.terminal_id = t.terminal_id)"
NEWEST_RULING: Final = "(SELECT max(n.ruling_no) FROM ruling AS n WHERE n.terminal_id = t.terminal_id)"
NEWEST_JOURNAL: Final = "(SELECT max(n.epoch) FROM stream AS n WHERE n.terminal_id = t.terminal_id AND n.seen = 1)"
"""Looked up by the key for one terminal after the other: fast also where an engine has not counted its rows yet."""
GAPS: Final = """(SELECT p.terminal_id, count(*) AS gaps FROM gap AS p JOIN stream AS s
    ON s.terminal_id = p.terminal_id AND s.epoch = p.epoch AND s.acked_seq + 1 = p.expected_seq
    GROUP BY p.terminal_id)"""
ASIDE: Final = """(SELECT q.terminal_id, count(*) AS aside FROM quarantine AS q WHERE NOT EXISTS (SELECT 1
    FROM quarantine_end AS e WHERE e.terminal_id = q.terminal_id AND e.epoch = q.epoch AND e.seq = q.seq)
    GROUP BY q.terminal_id)"""
FORKS: Final = """(SELECT terminal_id, count(*) AS forks, max(received_ms) AS forked_ms FROM conflict
    GROUP BY terminal_id)"""
STANDING: Final = f"""SELECT t.terminal_id, t.enrolled_ms, t.last_seen_ms, coalesce(g.audience, '') AS audience,
    coalesce(j.epoch, 0) AS epoch, coalesce(j.acked_seq, 0) AS acked_seq, coalesce(p.gaps, 0) AS gaps,
    coalesce(f.forks, 0) AS forks, coalesce(a.aside, 0) AS aside, CASE WHEN coalesce(r.revoked, 0) = 1 THEN 'revoked'
    WHEN coalesce(f.forked_ms, 0) > coalesce(j.issued_ms, 0) THEN 'forked' WHEN coalesce(p.gaps, 0) > 0 THEN 'gap'
    WHEN coalesce(d.stop, '') <> '' THEN 'stopped' WHEN j.epoch IS NULL THEN 'new'
    WHEN t.last_seen_ms < ? THEN 'silent' WHEN coalesce(a.aside, 0) > 0 THEN 'aside'
    ELSE 'good' END AS state, coalesce(d.backlog, 0) AS backlog, coalesce(d.oldest_ms, 0) AS oldest_ms,
    coalesce(d.offset_ms, 0) AS offset_ms FROM terminal AS t
    LEFT JOIN device_report AS d ON d.terminal_id = t.terminal_id
    LEFT JOIN fleet_group AS g ON g.terminal_id = t.terminal_id AND g.move_no = {NEWEST_MOVE}
    LEFT JOIN ruling AS r ON r.terminal_id = t.terminal_id AND r.ruling_no = {NEWEST_RULING}
    LEFT JOIN stream AS j ON j.terminal_id = t.terminal_id AND j.epoch = {NEWEST_JOURNAL}
    LEFT JOIN {GAPS} AS p ON p.terminal_id = t.terminal_id LEFT JOIN {FORKS} AS f ON f.terminal_id = t.terminal_id
    LEFT JOIN {ASIDE} AS a ON a.terminal_id = t.terminal_id"""
"""How every terminal stands; one that forked is sound again from its next enrolment on. The value: silent since."""

SHOWN: Final = """f.terminal_id, f.enrolled_ms, f.last_seen_ms, f.audience, f.epoch, f.acked_seq, f.gaps, f.forks,
    f.aside, f.state"""
NOWHERE: Final = 10**17
"""Beyond any time in ms."""
UNTOLD: Final = 10**15
"""Beyond any offset in ms of a clock that is known."""
PLACES: Final = {
    "name": "f.enrolled_ms * 0",
    "heard_last": "-f.last_seen_ms",
    "silent_longest": "f.last_seen_ms",
    "trouble": """CASE f.state WHEN 'forked' THEN 1 WHEN 'gap' THEN 2 WHEN 'stopped' THEN 3 WHEN 'silent' THEN 4
        WHEN 'aside' THEN 5 WHEN 'good' THEN 6 WHEN 'new' THEN 7 ELSE 8 END + f.enrolled_ms * 0""",
    "backlog": "-f.backlog",
    "oldest": f"CASE WHEN f.oldest_ms > 0 THEN f.oldest_ms ELSE {NOWHERE} END",
    "clock": f"CASE WHEN f.offset_ms < -{UNTOLD} THEN 0 WHEN f.offset_ms < 0 THEN f.offset_ms ELSE -f.offset_ms END",
}
"""Order -> where a terminal stands in it."""


def _in_order(place: str) -> str:
    """Return the statement of a page of rows in the order of ``place``; of two in one place the names decide."""
    return f"""SELECT {SHOWN}, {place} FROM ({STANDING}) AS f WHERE (? = '' OR
        replace(lower(f.terminal_id), ?, '') <> lower(f.terminal_id)) AND (? = '' OR f.state = ?)
        AND (? = '' OR f.audience = ?) AND ({place}, f.terminal_id) > (?, ?) ORDER BY {place}, f.terminal_id LIMIT ?"""


TERMINALS_BY: Final = {order: _in_order(place) for order, place in PLACES.items()}
COUNTED: Final = f"SELECT f.state, count(*) FROM ({STANDING}) AS f GROUP BY f.state ORDER BY f.state"
GROUP_SIZES: Final = """SELECT g.audience, count(*) FROM fleet_group AS g WHERE g.audience <> '' AND g.move_no =
    (SELECT max(n.move_no) FROM fleet_group AS n WHERE n.terminal_id = g.terminal_id) GROUP BY g.audience
    ORDER BY g.audience"""
HAVE_EDITION: Final = """SELECT count(*) FROM device_report AS d JOIN fleet_group AS g ON g.terminal_id = d.terminal_id
    AND g.move_no = (SELECT max(n.move_no) FROM fleet_group AS n WHERE n.terminal_id = d.terminal_id)
    WHERE g.audience = ? AND d.edition >= ?"""
ALL_HAVE_EDITION: Final = "SELECT count(*) FROM device_report WHERE edition >= ?"
ONE_TERMINAL: Final = f"SELECT {SHOWN}, 0 FROM ({STANDING}) AS f WHERE f.terminal_id = ?"

JOURNALS: Final = """SELECT epoch, issued_ms, spare, seen, acked_seq FROM stream WHERE terminal_id = ?
    ORDER BY epoch DESC"""
BATCHES: Final = """SELECT epoch, first_seq, last_seq, received_ms, batch_hash FROM batch WHERE terminal_id = ?
    AND (epoch, first_seq, last_seq) < (?, ?, ?) ORDER BY epoch DESC, first_seq DESC, last_seq DESC LIMIT ?"""
PAST: Final = """SELECT issued_ms AS moment_ms, CASE WHEN spare = 1 THEN 'spare' ELSE 'enrolled' END, epoch, 0, 0, ''
    FROM stream WHERE terminal_id = ?
    UNION ALL SELECT raised_ms, 'gap', epoch, expected_seq, first_seq, '' FROM gap WHERE terminal_id = ?
    UNION ALL SELECT received_ms, 'conflict', epoch, first_seq, 0, code FROM conflict WHERE terminal_id = ?
    UNION ALL SELECT received_ms, 'aside', epoch, min(seq), count(*), code FROM quarantine WHERE terminal_id = ?
    GROUP BY received_ms, epoch, code
    UNION ALL SELECT raised_ms, 'alarm', epoch, 0, 0, kind FROM alarm WHERE terminal_id = ?
    UNION ALL SELECT moved_ms, 'moved', 0, 0, 0, audience FROM fleet_group WHERE terminal_id = ?
    UNION ALL SELECT ruled_ms, CASE WHEN revoked = 1 THEN 'revoked' ELSE 'restored' END, 0, 0, 0, reason FROM ruling
    WHERE terminal_id = ?
    UNION ALL SELECT issued_ms, 'certificate', 0, 0, until_ms, number FROM certificate WHERE terminal_id = ?
    UNION ALL SELECT revoked_ms, 'certificate_end', 0, 0, 0, number FROM certificate_end WHERE terminal_id = ?
    UNION ALL SELECT received_ms, 'kept', epoch, first_seq, last_seq, '' FROM refused_batch WHERE terminal_id = ?
    ORDER BY moment_ms DESC LIMIT ?"""
"""What happened to a terminal beside its batches; the name of one stands ten times before the count."""
