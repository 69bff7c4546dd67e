"""The statements of the books: tables and queries of what a worker derives from stored entries.

Two kinds of tables grow. Those that begin with ``terminal_id`` hold what entries say, and move with the mark of their
journal. Those that begin with ``bucket`` hold what the centre found out about a token, and move with the turn of their
bucket (the token's first byte), which whoever writes must update first: a transaction touches one token. Marks and
turns only rise, and each rises in the transaction that writes the rows below it, so that one look at all of them is
a cut: ``closing_cut`` and ``closing_turn`` keep the cut of every day that was closed. The ``closing`` tables are
reference tables, one row for each day and account, journal or bucket.

``business_day`` is in the key of every table that grows: an engine that has partitions divides them by it.
"""

from __future__ import annotations

from typing import Final

BOOKS: Final = (
    """CREATE TABLE book_mark (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, posted_seq BIGINT NOT NULL,
       derived_seq BIGINT NOT NULL, PRIMARY KEY (terminal_id, epoch))""",
    """CREATE TABLE book_line (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, seq BIGINT NOT NULL,
       line BIGINT NOT NULL, business_day BIGINT NOT NULL, account TEXT NOT NULL, party TEXT NOT NULL,
       subject BYTEA NOT NULL, fen BIGINT NOT NULL, PRIMARY KEY (terminal_id, epoch, seq, line, business_day))""",
    """CREATE INDEX book_line_by_day ON book_line (business_day)""",
    """CREATE INDEX book_line_by_site ON book_line (terminal_id, business_day)""",
    """CREATE TABLE book_tap (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, seq BIGINT NOT NULL,
       business_day BIGINT NOT NULL, tap_seq BIGINT NOT NULL, time_ms BIGINT NOT NULL, subject BYTEA NOT NULL,
       part BIGINT NOT NULL, PRIMARY KEY (terminal_id, epoch, seq, business_day))""",
    """CREATE INDEX book_tap_by_subject ON book_tap (subject, business_day)""",
    """CREATE INDEX book_tap_by_day ON book_tap (business_day, part)""",
    """CREATE INDEX claim_by_subject ON claim (subject, bucket)""",
    """CREATE TABLE book_turn (bucket BIGINT NOT NULL, turn BIGINT NOT NULL, PRIMARY KEY (bucket))""",
    """CREATE TABLE adjustment (bucket BIGINT NOT NULL, subject BYTEA NOT NULL, turn BIGINT NOT NULL,
       item BIGINT NOT NULL, business_day BIGINT NOT NULL, reason TEXT NOT NULL, terminal_id TEXT NOT NULL,
       epoch BIGINT NOT NULL, seq BIGINT NOT NULL, rule TEXT NOT NULL, reference TEXT NOT NULL, time_ms BIGINT NOT NULL,
       PRIMARY KEY (bucket, subject, turn, item, business_day))""",
    """CREATE INDEX adjustment_by_day ON adjustment (bucket, business_day)""",
    """CREATE INDEX adjustment_by_turn ON adjustment (bucket, turn)""",
    """CREATE TABLE adjustment_line (bucket BIGINT NOT NULL, subject BYTEA NOT NULL, turn BIGINT NOT NULL,
       item BIGINT NOT NULL, line BIGINT NOT NULL, business_day BIGINT NOT NULL, account TEXT NOT NULL,
       party TEXT NOT NULL, fen BIGINT NOT NULL, PRIMARY KEY (bucket, subject, turn, item, line, business_day))""",
    """CREATE INDEX adjustment_line_by_day ON adjustment_line (bucket, business_day)""",
    """CREATE INDEX adjustment_line_by_turn ON adjustment_line (bucket, turn)""",
    """CREATE TABLE closing (business_day BIGINT NOT NULL, previous_day BIGINT NOT NULL, closed_ms BIGINT NOT NULL,
       PRIMARY KEY (business_day))""",
    """CREATE TABLE closing_cut (business_day BIGINT NOT NULL, terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL,
       posted_seq BIGINT NOT NULL, PRIMARY KEY (business_day, terminal_id, epoch))""",
    """CREATE TABLE closing_turn (business_day BIGINT NOT NULL, bucket BIGINT NOT NULL, turn BIGINT NOT NULL,
       PRIMARY KEY (business_day, bucket))""",
    """CREATE TABLE closing_total (business_day BIGINT NOT NULL, account TEXT NOT NULL, party TEXT NOT NULL,
       fen BIGINT NOT NULL, late_fen BIGINT NOT NULL, lines BIGINT NOT NULL,
       PRIMARY KEY (business_day, account, party))""",
)

# posting: what entries say, journal by journal
ADD_MARKS: Final = """INSERT INTO book_mark (terminal_id, epoch, posted_seq, derived_seq) VALUES {rows}
    ON CONFLICT DO NOTHING"""
BEHIND: Final = """SELECT s.terminal_id, s.epoch, s.acked_seq, coalesce(m.posted_seq, 0), coalesce(m.derived_seq, 0)
    FROM stream AS s LEFT JOIN book_mark AS m ON m.terminal_id = s.terminal_id AND m.epoch = s.epoch
    WHERE s.acked_seq > coalesce(m.posted_seq, 0) OR s.acked_seq > coalesce(m.derived_seq, 0)
    ORDER BY s.terminal_id, s.epoch"""
ACKED: Final = "SELECT acked_seq FROM stream WHERE terminal_id = ? AND epoch = ?"
MARK: Final = "SELECT posted_seq, derived_seq FROM book_mark WHERE terminal_id = ? AND epoch = ?"
MOVE_POSTED: Final = """UPDATE book_mark SET posted_seq = ? WHERE terminal_id = ? AND epoch = ? AND posted_seq = ?
    RETURNING posted_seq"""
MOVE_DERIVED: Final = """UPDATE book_mark SET derived_seq = ? WHERE terminal_id = ? AND epoch = ? AND derived_seq < ?"""
RAW_SLICE: Final = """SELECT seq, raw FROM entry WHERE terminal_id = ? AND epoch = ? AND seq BETWEEN ? AND ?
    ORDER BY seq"""
ASIDE_MONEY: Final = """SELECT q.seq, q.raw, q.received_ms, sum(p.fen) FROM quarantine AS q
    JOIN posting AS p ON p.terminal_id = q.terminal_id AND p.epoch = q.epoch AND p.seq = q.seq
    AND p.account = 'suspense:quarantine' WHERE q.terminal_id = ? AND q.epoch = ? AND q.seq BETWEEN ? AND ?
    GROUP BY q.seq, q.raw, q.received_ms ORDER BY q.seq"""
HELD_ANYWHERE: Final = """SELECT raw FROM entry WHERE terminal_id = ? AND epoch = ? AND seq = ?
    UNION ALL SELECT raw FROM quarantine WHERE terminal_id = ? AND epoch = ? AND seq = ?"""
ADD_BOOK_LINES: Final = """INSERT INTO book_line (terminal_id, epoch, seq, line, business_day, account, party, subject,
    fen) VALUES {rows} ON CONFLICT DO NOTHING"""
ADD_BOOK_TAPS: Final = """INSERT INTO book_tap (terminal_id, epoch, seq, business_day, tap_seq, time_ms, subject,
    part) VALUES {rows} ON CONFLICT DO NOTHING"""

# deriving: what the centre finds out about a token
TOUCHED: Final = """SELECT subject, min(business_day) FROM book_tap WHERE terminal_id = ? AND epoch = ?
    AND seq BETWEEN ? AND ? GROUP BY subject ORDER BY subject"""
CLAIMANTS: Final = """SELECT c.subject, min(c.business_day) FROM entry AS e JOIN claim AS c
    ON c.terminal_id = e.terminal_id AND c.epoch = e.epoch AND (c.seq = e.seq OR c.seq = e.ref_seq)
    WHERE e.terminal_id = ? AND e.epoch = ? AND e.seq BETWEEN ? AND ? GROUP BY c.subject ORDER BY c.subject"""
SETTLERS: Final = """SELECT o.token, min(o.business_day) FROM entry AS e JOIN entry AS o
    ON o.terminal_id = e.terminal_id AND o.epoch = e.epoch AND o.seq = e.ref_seq
    WHERE e.terminal_id = ? AND e.epoch = ? AND e.seq BETWEEN ? AND ? AND e.kind = 5
    GROUP BY o.token ORDER BY o.token"""
TAPPED_SINCE: Final = """SELECT subject, min(business_day), count(*) FROM book_tap WHERE business_day >= ?
    GROUP BY subject ORDER BY subject"""
CLAIMED_SINCE: Final = """SELECT subject, min(business_day) FROM claim WHERE business_day >= ?
    GROUP BY subject ORDER BY subject"""
TAKE_BUCKET: Final = """INSERT INTO book_turn (bucket, turn) VALUES {rows}
    ON CONFLICT (bucket) DO UPDATE SET turn = book_turn.turn RETURNING turn"""
MOVE_TURN: Final = "UPDATE book_turn SET turn = ? WHERE bucket = ?"
TAPS_OF: Final = """SELECT t.part, e.raw FROM book_tap AS t JOIN entry AS e
    ON e.terminal_id = t.terminal_id AND e.epoch = t.epoch AND e.seq = t.tap_seq
    WHERE t.subject = ? AND t.business_day >= ? ORDER BY t.time_ms, t.terminal_id, t.epoch, t.seq"""
CLAIMS_OF: Final = """SELECT c.claim, c.edition, o.kind, r.earned FROM claim AS c
    JOIN entry AS o ON o.terminal_id = c.terminal_id AND o.epoch = c.epoch AND o.seq = c.seq
    LEFT JOIN entry AS r ON r.terminal_id = c.terminal_id AND r.epoch = c.epoch AND r.ref_seq = c.seq
    AND r.kind IN (2, 3, 5) WHERE c.subject = ? AND c.bucket IN (SELECT bucket FROM claim WHERE subject = ?
    AND business_day >= ?) AND NOT EXISTS (SELECT 1 FROM entry AS v
    WHERE v.terminal_id = c.terminal_id AND v.epoch = c.epoch AND v.ref_seq = c.seq AND v.kind = 13)"""
ADJUSTED: Final = """SELECT a.reason, a.terminal_id, a.epoch, a.seq, a.rule, a.reference, a.business_day,
    coalesce(l.account, ''), coalesce(l.party, ''), coalesce(l.fen, 0) FROM adjustment AS a
    LEFT JOIN adjustment_line AS l ON l.bucket = a.bucket AND l.subject = a.subject AND l.turn = a.turn
    AND l.item = a.item WHERE a.bucket = ? AND a.subject = ? AND a.business_day >= ?
    ORDER BY a.turn, a.item, l.line"""
ADD_ADJUSTMENTS: Final = """INSERT INTO adjustment (bucket, subject, turn, item, business_day, reason, terminal_id,
    epoch, seq, rule, reference, time_ms) VALUES {rows} ON CONFLICT DO NOTHING"""
ADD_ADJUSTMENT_LINES: Final = """INSERT INTO adjustment_line (bucket, subject, turn, item, line, business_day, account,
    party, fen) VALUES {rows} ON CONFLICT DO NOTHING"""
PAYERS_OF_TAP: Final = """SELECT account, sum(fen) FROM book_line WHERE terminal_id = ? AND epoch = ?
    AND seq IN (SELECT e.seq FROM entry AS e WHERE e.terminal_id = ? AND e.epoch = ? AND e.seq = ?
    UNION ALL SELECT e.seq FROM entry AS e WHERE e.terminal_id = ? AND e.epoch = ? AND e.ref_seq = ?)
    AND account IN ('issuer', 'holder', 'credit') GROUP BY account ORDER BY account"""
PAYERS_OF_ITEMS: Final = """SELECT a.reason, l.account, sum(l.fen) FROM adjustment AS a JOIN adjustment_line AS l
    ON l.bucket = a.bucket AND l.subject = a.subject AND l.turn = a.turn AND l.item = a.item
    WHERE a.bucket = ? AND a.subject = ? AND a.terminal_id = ? AND a.epoch = ? AND a.seq IN (?, ?)
    AND l.account IN ('issuer', 'holder', 'credit') GROUP BY a.reason, l.account ORDER BY a.reason, l.account"""
HOLDER_ADJUSTMENTS: Final = """SELECT a.subject, sum(l.fen), a.terminal_id, a.epoch, a.seq, max(a.time_ms)
    FROM adjustment AS a JOIN adjustment_line AS l ON l.bucket = a.bucket AND l.subject = a.subject
    AND l.turn = a.turn AND l.item = a.item
    WHERE l.account IN ('holder', 'credit') AND a.reason <> 'declined'
    GROUP BY a.bucket, a.subject, a.reason, a.terminal_id, a.epoch, a.seq, a.rule HAVING sum(l.fen) <> 0
    ORDER BY a.subject, max(a.time_ms), a.terminal_id, a.epoch, a.seq"""
STILL_INSIDE: Final = """SELECT subject, min(business_day) FROM book_tap WHERE business_day > ? AND business_day <= ?
    AND part IN (2, 3) GROUP BY subject
    HAVING max(CASE WHEN part = 2 THEN time_ms ELSE 0 END) >= max(CASE WHEN part = 3 THEN time_ms ELSE 0 END)
    ORDER BY subject"""
EDITION_FILE: Final = "SELECT file FROM artifact WHERE kind = 'edition' AND version = ?"

# closing a day
LAST_CLOSED: Final = "SELECT coalesce(max(business_day), 0) FROM closing"
CLOSED: Final = "SELECT business_day, previous_day, closed_ms FROM closing ORDER BY business_day"
MARKS: Final = "SELECT terminal_id, epoch, posted_seq FROM book_mark ORDER BY terminal_id, epoch"
TURNS: Final = "SELECT bucket, turn FROM book_turn ORDER BY bucket"
LINES_ON: Final = """SELECT account, party, sum(fen), count(*) FROM book_line
    WHERE business_day > ? AND business_day <= ? GROUP BY account, party"""
LATE_LINES: Final = """SELECT account, party, sum(fen), count(*) FROM book_line
    WHERE terminal_id = ? AND epoch = ? AND seq > ? AND business_day <= ? GROUP BY account, party"""
ADJUSTED_ON: Final = """SELECT account, party, sum(fen), count(*) FROM adjustment_line
    WHERE bucket = ? AND business_day > ? AND business_day <= ? GROUP BY account, party"""
LATE_ADJUSTED: Final = """SELECT account, party, sum(fen), count(*) FROM adjustment_line
    WHERE bucket = ? AND turn > ? AND business_day <= ? GROUP BY account, party"""
CUT_MARKS: Final = "SELECT terminal_id, epoch, posted_seq FROM closing_cut WHERE business_day = ?"
CUT_TURNS: Final = "SELECT bucket, turn FROM closing_turn WHERE business_day = ?"
ADD_CLOSING: Final = """INSERT INTO closing (business_day, previous_day, closed_ms) VALUES {rows}
    ON CONFLICT DO NOTHING RETURNING business_day"""
ADD_CUTS: Final = """INSERT INTO closing_cut (business_day, terminal_id, epoch, posted_seq) VALUES {rows}
    ON CONFLICT DO NOTHING"""
ADD_CUT_TURNS: Final = """INSERT INTO closing_turn (business_day, bucket, turn) VALUES {rows} ON CONFLICT DO NOTHING"""
ADD_TOTALS: Final = """INSERT INTO closing_total (business_day, account, party, fen, late_fen, lines) VALUES {rows}
    ON CONFLICT DO NOTHING"""
TOTALS: Final = """SELECT account, party, fen, late_fen, lines FROM closing_total WHERE business_day = ?
    ORDER BY account, party"""
ALL_TOTALS: Final = """SELECT account, party, sum(fen) FROM closing_total GROUP BY account, party
    ORDER BY account, party"""

# the file of a day: its own lines, and late ones of days that were closed before
FILE_TERMINALS: Final = "SELECT DISTINCT terminal_id FROM closing_cut WHERE business_day = ? ORDER BY terminal_id"
FILE_BUCKETS: Final = "SELECT bucket FROM closing_turn WHERE business_day = ? ORDER BY bucket"
FILE_LINES: Final = """SELECT l.terminal_id, l.epoch, l.seq, l.line, l.business_day, l.account, l.party, l.subject,
    l.fen FROM book_line AS l JOIN closing_cut AS c ON c.business_day = ? AND c.terminal_id = l.terminal_id
    AND c.epoch = l.epoch AND +l.seq <= c.posted_seq
    WHERE l.terminal_id = ? AND l.business_day > ? AND l.business_day <= ?
    UNION ALL SELECT l.terminal_id, l.epoch, l.seq, l.line, l.business_day, l.account, l.party, l.subject,
    l.fen FROM closing_cut AS c LEFT JOIN closing_cut AS p ON p.business_day = ? AND p.terminal_id = c.terminal_id
    AND p.epoch = c.epoch JOIN book_line AS l ON l.terminal_id = c.terminal_id AND l.epoch = c.epoch
    AND l.seq <= c.posted_seq AND l.seq > coalesce(p.posted_seq, 0)
    WHERE c.business_day = ? AND c.terminal_id = ? AND +l.business_day <= ? ORDER BY 2, 3, 4"""
FILE_SITES: Final = """SELECT account, sum(fen), count(*) FROM book_line AS l JOIN closing_cut AS c
    ON c.business_day = ? AND c.terminal_id = l.terminal_id AND c.epoch = l.epoch AND l.seq <= c.posted_seq
    WHERE l.terminal_id = ? AND l.business_day > ? AND l.business_day <= ? GROUP BY account ORDER BY account"""
FILE_ADJUSTMENTS: Final = """SELECT a.subject, a.reason, a.terminal_id, a.epoch, a.seq, a.rule, a.reference,
    a.business_day, a.time_ms, a.turn, a.item, l.account, l.party, l.fen
    FROM adjustment AS a LEFT JOIN adjustment_line AS l ON l.bucket = a.bucket AND l.subject = a.subject
    AND l.turn = a.turn AND l.item = a.item WHERE a.bucket = ? AND a.business_day > ? AND a.business_day <= ?
    AND +a.turn <= ?
    UNION ALL SELECT a.subject, a.reason, a.terminal_id, a.epoch, a.seq, a.rule, a.reference,
    a.business_day, a.time_ms, a.turn, a.item, l.account, l.party, l.fen
    FROM adjustment AS a LEFT JOIN adjustment_line AS l ON l.bucket = a.bucket AND l.subject = a.subject
    AND l.turn = a.turn AND l.item = a.item WHERE a.bucket = ? AND a.turn > ? AND a.turn <= ? AND +a.business_day <= ?
    ORDER BY 10, 11, 12, 13"""
ABOUT_TAP: Final = """SELECT raw FROM entry WHERE terminal_id = ? AND epoch = ? AND ref_seq = ? ORDER BY seq"""

TAPS_AFTER: Final = """SELECT seq, raw FROM entry WHERE terminal_id = ? AND epoch = ? AND seq > ?
    AND kind IN (1, 7) ORDER BY seq LIMIT ?"""
RULINGS_HELD: Final = "SELECT name FROM fact WHERE name LIKE 'ruling:%'"

# the state of the books
BOOK_BALANCES: Final = """SELECT account, party, sum(fen) FROM
    (SELECT account, party, fen FROM book_line UNION ALL SELECT account, party, fen FROM adjustment_line) AS lines
    GROUP BY account, party ORDER BY account, party"""
HOLDER_BALANCE: Final = """SELECT account, sum(fen) FROM (SELECT account, fen FROM book_line
    WHERE subject = ? AND account IN (?, ?) UNION ALL SELECT account, fen FROM adjustment_line
    WHERE bucket = ? AND subject = ? AND account IN (?, ?)) AS lines GROUP BY account ORDER BY account"""

# reconciliation: journals, books, closed files; journal by journal and bucket by bucket
ROW_DIFFERENCES: Final = """SELECT terminal_id, epoch, seq, side, sum(journal_fen), sum(book_fen) FROM
    (SELECT p.terminal_id, p.epoch, p.seq, CASE WHEN p.account LIKE 'revenue:%' THEN 'operator'
    WHEN p.account LIKE 'payer:%' THEN 'issuer' WHEN p.account LIKE 'funder:%' THEN 'funder'
    ELSE 'suspense' END AS side,
    CASE WHEN p.account LIKE 'revenue:%' OR p.account LIKE 'suspense:%' THEN p.fen ELSE -p.fen END AS journal_fen,
    0 AS book_fen FROM posting AS p JOIN book_mark AS m ON m.terminal_id = p.terminal_id AND m.epoch = p.epoch
    AND p.seq <= m.posted_seq WHERE p.terminal_id = ? AND p.epoch = ?
    AND p.account <> 'funder:credit' AND (p.account LIKE 'revenue:%'
    OR p.account LIKE 'payer:%' OR p.account LIKE 'funder:%' OR p.account LIKE 'suspense:%')
    UNION ALL SELECT terminal_id, epoch, seq, account AS side, 0 AS journal_fen,
    CASE WHEN account IN ('operator', 'suspense') THEN -fen ELSE fen END AS book_fen FROM book_line
    WHERE terminal_id = ? AND epoch = ? AND account IN ('operator', 'issuer', 'funder', 'suspense')) AS sides
    GROUP BY terminal_id, epoch, seq, side HAVING sum(journal_fen) <> sum(book_fen)
    ORDER BY terminal_id, epoch, seq, side"""
UNBALANCED_LINES: Final = """SELECT terminal_id, epoch, seq, sum(fen) FROM book_line
    WHERE terminal_id = ? AND epoch = ? GROUP BY terminal_id, epoch, seq HAVING sum(fen) <> 0 ORDER BY seq"""
UNBALANCED_ITEMS: Final = """SELECT subject, turn, item, sum(fen) FROM adjustment_line WHERE bucket = ?
    GROUP BY bucket, subject, turn, item HAVING sum(fen) <> 0 ORDER BY subject, turn, item"""
LINES_BELOW: Final = """SELECT l.account, l.party, sum(l.fen) FROM closing_cut AS c JOIN book_line AS l
    ON l.terminal_id = c.terminal_id AND l.epoch = c.epoch AND l.seq <= c.posted_seq
    WHERE c.business_day = ? AND c.terminal_id = ? AND c.epoch = ? AND l.business_day <= ?
    GROUP BY l.account, l.party"""
ADJUSTED_BELOW: Final = """SELECT l.account, l.party, sum(l.fen) FROM closing_turn AS c JOIN adjustment_line AS l
    ON l.bucket = c.bucket AND l.turn <= c.turn WHERE c.business_day = ? AND c.bucket = ? AND l.business_day <= ?
    GROUP BY l.account, l.party"""
LATE_ROWS: Final = """SELECT seq, business_day, sum(CASE WHEN fen > 0 THEN fen ELSE 0 END) FROM book_line
    WHERE terminal_id = ? AND epoch = ? AND seq > ? AND seq <= ? AND +business_day <= ?
    GROUP BY seq, business_day ORDER BY seq, business_day"""
ITEMS: Final = """SELECT a.reason, a.terminal_id, a.epoch, a.seq, a.reference, a.business_day, a.turn,
    coalesce(sum(CASE WHEN l.fen > 0 THEN l.fen ELSE 0 END), 0) FROM adjustment AS a LEFT JOIN adjustment_line AS l
    ON l.bucket = a.bucket AND l.subject = a.subject AND l.turn = a.turn AND l.item = a.item WHERE a.bucket = ?
    GROUP BY a.bucket, a.subject, a.turn, a.item, a.reason, a.terminal_id, a.epoch, a.seq, a.reference, a.business_day
    ORDER BY a.reason, a.terminal_id, a.epoch, a.seq, a.turn"""
TORN_ANSWERS: Final = """SELECT a.terminal_id, a.epoch, a.seq, max(a.reference),
    coalesce(sum(CASE WHEN l.account = 'suspense' AND l.party = 'torn' THEN l.fen ELSE 0 END), 0),
    coalesce(sum(CASE WHEN l.account = 'suspense' AND l.party = 'result' THEN l.fen ELSE 0 END), 0)
    FROM adjustment AS a LEFT JOIN adjustment_line AS l ON l.bucket = a.bucket AND l.subject = a.subject
    AND l.turn = a.turn AND l.item = a.item WHERE a.bucket = ? AND a.reason = 'result' AND a.rule = 'torn'
    GROUP BY a.terminal_id, a.epoch, a.seq ORDER BY a.terminal_id, a.epoch, a.seq"""
TORN_LINES: Final = """SELECT coalesce(sum(l.fen), 0) FROM entry AS e JOIN book_line AS l
    ON l.terminal_id = e.terminal_id AND l.epoch = e.epoch AND l.seq = e.seq
    WHERE e.terminal_id = ? AND e.epoch = ? AND e.ref_seq = ? AND l.account = 'suspense' AND l.party = 'torn'"""
TORN_REPAIRED: Final = """SELECT coalesce(sum(l.fen), 0) FROM adjustment AS a JOIN adjustment_line AS l
    ON l.bucket = a.bucket AND l.subject = a.subject AND l.turn = a.turn AND l.item = a.item
    WHERE a.bucket = ? AND a.terminal_id = ? AND a.epoch = ? AND a.seq = ? AND a.reason = 'repaired'
    AND l.account = 'suspense' AND l.party = 'torn'"""
CLONED: Final = """SELECT terminal_id, epoch, count(*), sum(suspense_fen) FROM conflict_entry
    GROUP BY terminal_id, epoch ORDER BY terminal_id, epoch"""
BEHIND_BY: Final = """SELECT coalesce(sum(s.acked_seq - coalesce(m.posted_seq, 0)), 0) FROM stream AS s
    LEFT JOIN book_mark AS m ON m.terminal_id = s.terminal_id AND m.epoch = s.epoch"""
