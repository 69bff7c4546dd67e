"""Every statement of the centre, in the subset of SQL that SQLite, PostgreSQL and Citus share.

Rules: every key of a terminal's table begins with ``terminal_id`` (the distribution column); a write transaction
touches one terminal; rows go in by multi-row VALUES; time is a parameter; no triggers and no sequences. ``artifact``,
``part`` and ``fact`` are reference tables without a terminal. Columns are BIGINT, TEXT and BYTEA: SQLite takes the
names as they are.

Several processes may write at once. Who comes first is settled by a row that both must update: the terminal's own
(``TAKE_TERMINAL``), or the turn of what has no terminal (``TAKE_TURN``). What is read after that is the newest.
"""

from __future__ import annotations

from typing import Final

from sync.central.store.book_statements import BOOKS
from sync.central.store.fleet_statements import FLEET
from sync.central.store.guard_statements import GUARDS
from sync.central.store.quarantine_statements import QUARANTINE
from sync.central.store.report_statements import REPORTS
from sync.central.store.rollout_statements import ROLLOUT
from sync.central.store.tap_statements import TAPS
from sync.central.store.trust_statements import TRUST

SCHEMA_VERSION: Final = 9

PARTS: Final = """CREATE TABLE part (sha256 BYTEA NOT NULL, place BIGINT NOT NULL, piece BYTEA NOT NULL,
       PRIMARY KEY (sha256, place))"""
"""The files of lists, in pieces: they are long, and are asked for range by range."""

GAPS: Final = """CREATE TABLE gap (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, expected_seq BIGINT NOT NULL,
       first_seq BIGINT NOT NULL, raised_ms BIGINT NOT NULL, PRIMARY KEY (terminal_id, epoch, expected_seq))"""
"""Where a journal stood when a batch from beyond came; the gap is open as long as it still stands there."""

PERSONS: Final = (
    """CREATE TABLE claim (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, seq BIGINT NOT NULL, counter TEXT NOT NULL,
       bucket TEXT NOT NULL, subject BYTEA NOT NULL, business_day BIGINT NOT NULL, edition BIGINT NOT NULL,
       claim BYTEA NOT NULL, PRIMARY KEY (terminal_id, epoch, seq, counter, bucket))""",
    """CREATE INDEX claim_by_quota ON claim (bucket, counter, subject)""",
    """CREATE TABLE lease (terminal_id TEXT NOT NULL, holder BYTEA NOT NULL, counter TEXT NOT NULL,
       bucket TEXT NOT NULL, serial_no BIGINT NOT NULL, until_ms BIGINT NOT NULL, given_ms BIGINT NOT NULL,
       PRIMARY KEY (terminal_id, holder, counter, bucket, serial_no))""",
    """CREATE INDEX lease_by_holder ON lease (holder, counter, bucket)""",
    """CREATE TABLE lease_return (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, seq BIGINT NOT NULL,
       holder BYTEA NOT NULL, counter TEXT NOT NULL, bucket TEXT NOT NULL, serial_no BIGINT NOT NULL,
       PRIMARY KEY (terminal_id, epoch, seq))""",
    """CREATE TABLE debt_line (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, seq BIGINT NOT NULL,
       line BIGINT NOT NULL, token BYTEA NOT NULL, fen BIGINT NOT NULL, reference TEXT NOT NULL,
       time_ms BIGINT NOT NULL, PRIMARY KEY (terminal_id, epoch, seq, line))""",
)
"""What is known of persons, by tokens: claims on quotas, leases given and given back, debts and what was paid back."""

LEVEL_TABLE: Final = "CREATE TABLE IF NOT EXISTS schema_level (name TEXT NOT NULL PRIMARY KEY, number BIGINT NOT NULL)"
TAKE_LEVEL: Final = """INSERT INTO schema_level (name, number) VALUES {rows}
    ON CONFLICT (name) DO UPDATE SET number = schema_level.number RETURNING number"""
"""How far the schema has come, where the engine has no place of its own for that; whoever upgrades holds the row."""
SET_LEVEL: Final = """INSERT INTO schema_level (name, number) VALUES {rows}
    ON CONFLICT (name) DO UPDATE SET number = excluded.number"""

SCHEMA: Final = (
    """CREATE TABLE fact (name TEXT NOT NULL PRIMARY KEY, number BIGINT NOT NULL)""",
    """CREATE TABLE artifact (kind TEXT NOT NULL, name TEXT NOT NULL, version BIGINT NOT NULL, sha256 BYTEA NOT NULL,
       published_ms BIGINT NOT NULL, file BYTEA NOT NULL, PRIMARY KEY (kind, name, version))""",
    """CREATE INDEX artifact_by_hash ON artifact (sha256)""",
    PARTS,
    """CREATE TABLE token (terminal_id TEXT NOT NULL, secret_hash BYTEA NOT NULL, expires_ms BIGINT NOT NULL,
       used_ms BIGINT NOT NULL, PRIMARY KEY (terminal_id, secret_hash))""",
    """CREATE TABLE terminal (terminal_id TEXT NOT NULL, enrolled_ms BIGINT NOT NULL, last_seen_ms BIGINT NOT NULL,
       PRIMARY KEY (terminal_id))""",
    """CREATE TABLE stream (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, terminal_key BYTEA NOT NULL,
       spare BIGINT NOT NULL, issued_ms BIGINT NOT NULL, seen BIGINT NOT NULL, acked_seq BIGINT NOT NULL,
       head BYTEA NOT NULL, grant_file BYTEA NOT NULL, PRIMARY KEY (terminal_id, epoch))""",
    """CREATE TABLE batch (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, batch_hash BYTEA NOT NULL,
       first_seq BIGINT NOT NULL, last_seq BIGINT NOT NULL, received_ms BIGINT NOT NULL, envelope BYTEA NOT NULL,
       PRIMARY KEY (terminal_id, epoch, batch_hash))""",
    """CREATE TABLE entry (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, seq BIGINT NOT NULL,
       business_day BIGINT NOT NULL, kind BIGINT NOT NULL, tap_id BYTEA NOT NULL, ref_seq BIGINT NOT NULL,
       family TEXT NOT NULL, token BYTEA NOT NULL, earned BIGINT NOT NULL, payer_fen BIGINT NOT NULL,
       total_fen BIGINT NOT NULL, raw BYTEA NOT NULL, PRIMARY KEY (terminal_id, epoch, seq, business_day))""",
    """CREATE INDEX entry_by_ref ON entry (terminal_id, epoch, ref_seq)""",
    """CREATE TABLE posting (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, seq BIGINT NOT NULL,
       line BIGINT NOT NULL, account TEXT NOT NULL, fen BIGINT NOT NULL,
       PRIMARY KEY (terminal_id, epoch, seq, line))""",
    """CREATE TABLE quarantine (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, seq BIGINT NOT NULL,
       code TEXT NOT NULL, received_ms BIGINT NOT NULL, raw BYTEA NOT NULL, PRIMARY KEY (terminal_id, epoch, seq))""",
    """CREATE TABLE conflict (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, batch_hash BYTEA NOT NULL,
       code TEXT NOT NULL, first_seq BIGINT NOT NULL, received_ms BIGINT NOT NULL, envelope BYTEA NOT NULL,
       PRIMARY KEY (terminal_id, epoch, batch_hash))""",
    """CREATE TABLE conflict_entry (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, seq BIGINT NOT NULL,
       chain_hash BYTEA NOT NULL, suspense_fen BIGINT NOT NULL, raw BYTEA NOT NULL,
       PRIMARY KEY (terminal_id, epoch, seq, chain_hash))""",
    """CREATE TABLE alarm (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, kind TEXT NOT NULL,
       raised_ms BIGINT NOT NULL, PRIMARY KEY (terminal_id, epoch, kind))""",
    *PERSONS,
    GAPS,
    *TRUST,
    *BOOKS,
    *ROLLOUT,
    *GUARDS,
    *FLEET,
    *REPORTS,
    *QUARANTINE,
    *TAPS,
)

UPGRADES: Final = {
    2: (PARTS,),
    3: PERSONS,
    4: (GAPS,),
    5: TRUST,
    6: BOOKS,
    7: ROLLOUT,
    8: GUARDS,
    9: (*FLEET, *REPORTS, *QUARANTINE, *TAPS),
}
"""Version -> what brings a store of the version before to it."""


def steps_from(version: int) -> tuple[str, ...]:
    """Return what brings a store of ``version`` to the newest; one of version 0 is empty."""
    if version == 0:
        return SCHEMA
    return tuple(statement for step in range(version + 1, SCHEMA_VERSION + 1) for statement in UPGRADES.get(step, ()))


# receiving a batch
STREAMS: Final = """SELECT epoch, terminal_key, spare, seen, acked_seq, head FROM stream
    WHERE terminal_id = ? ORDER BY epoch"""
HELD_BYTES: Final = """SELECT seq, raw FROM entry WHERE terminal_id = ? AND epoch = ? AND seq BETWEEN ? AND ?
    UNION ALL SELECT seq, raw FROM quarantine WHERE terminal_id = ? AND epoch = ? AND seq BETWEEN ? AND ?"""
HELD_INTENTS: Final = """SELECT raw FROM entry WHERE terminal_id = ? AND epoch = ? AND kind IN (1, 7)
    AND seq IN ({items})"""
HELD_RESULTS: Final = """SELECT ref_seq, kind, earned FROM entry WHERE terminal_id = ? AND epoch = ?
    AND ref_seq IN ({items})"""
ADD_BATCH: Final = """INSERT INTO batch (terminal_id, epoch, batch_hash, first_seq, last_seq, received_ms, envelope)
    VALUES {rows} ON CONFLICT DO NOTHING"""
ADD_ENTRIES: Final = """INSERT INTO entry (terminal_id, epoch, seq, business_day, kind, tap_id, ref_seq, family, token,
    earned, payer_fen, total_fen, raw) VALUES {rows} ON CONFLICT DO NOTHING"""
ADD_POSTINGS: Final = """INSERT INTO posting (terminal_id, epoch, seq, line, account, fen) VALUES {rows}
    ON CONFLICT DO NOTHING"""
ADD_QUARANTINE: Final = """INSERT INTO quarantine (terminal_id, epoch, seq, code, received_ms, raw) VALUES {rows}
    ON CONFLICT DO NOTHING"""
ASIDE: Final = """SELECT seq, code FROM quarantine WHERE terminal_id = ? AND epoch = ? AND seq BETWEEN ? AND ?
    ORDER BY seq"""
ASIDE_NAMED: Final = "SELECT seq FROM quarantine WHERE terminal_id = ? AND epoch = ? AND seq IN ({items})"
ASIDE_FROM: Final = "SELECT raw FROM quarantine WHERE terminal_id = ? AND epoch = ? AND seq >= ? ORDER BY seq"
ADD_CONFLICT: Final = """INSERT INTO conflict (terminal_id, epoch, batch_hash, code, first_seq, received_ms, envelope)
    VALUES {rows} ON CONFLICT DO NOTHING"""
ADD_CONFLICT_ENTRIES: Final = """INSERT INTO conflict_entry (terminal_id, epoch, seq, chain_hash, suspense_fen, raw)
    VALUES {rows} ON CONFLICT DO NOTHING"""
FORK_AT: Final = "SELECT 1 FROM conflict_entry WHERE terminal_id = ? AND epoch = ? AND seq = ? AND chain_hash = ?"
FORKED_BYTES: Final = "SELECT raw FROM conflict_entry WHERE terminal_id = ? AND epoch = ? AND seq IN ({items})"
ADD_GAPS: Final = """INSERT INTO gap (terminal_id, epoch, expected_seq, first_seq, raised_ms) VALUES {rows}
    ON CONFLICT DO NOTHING"""
GAP_SINCE: Final = "SELECT raised_ms FROM gap WHERE terminal_id = ? AND epoch = ? AND expected_seq = ?"
ADD_ALARMS: Final = "INSERT INTO alarm (terminal_id, epoch, kind, raised_ms) VALUES {rows} ON CONFLICT DO NOTHING"
TAKE_TERMINAL: Final = """UPDATE terminal SET last_seen_ms = CASE WHEN last_seen_ms < ? THEN ? ELSE last_seen_ms END
    WHERE terminal_id = ?"""
MOVE_WATERMARK: Final = """UPDATE stream SET acked_seq = ?, head = ?, seen = 1
    WHERE terminal_id = ? AND epoch = ? AND acked_seq = ? RETURNING acked_seq"""

# enrolment
PERMIT: Final = "SELECT expires_ms, used_ms FROM token WHERE terminal_id = ? AND secret_hash = ?"
ADD_PERMIT: Final = """INSERT INTO token (terminal_id, secret_hash, expires_ms, used_ms) VALUES {rows}
    ON CONFLICT DO NOTHING"""
USE_PERMIT: Final = "UPDATE token SET used_ms = ? WHERE terminal_id = ? AND secret_hash = ? AND used_ms = 0"
ADD_TERMINAL: Final = """INSERT INTO terminal (terminal_id, enrolled_ms, last_seen_ms) VALUES {rows}
    ON CONFLICT DO NOTHING"""
ADD_STREAMS: Final = """INSERT INTO stream (terminal_id, epoch, terminal_key, spare, issued_ms, seen, acked_seq, head,
    grant_file) VALUES {rows} ON CONFLICT DO NOTHING"""

# reference data and facts
FACT: Final = "SELECT number FROM fact WHERE name = ?"
SET_FACT: Final = """INSERT INTO fact (name, number) VALUES {rows}
    ON CONFLICT (name) DO UPDATE SET number = excluded.number"""
TAKE_TURN: Final = """INSERT INTO fact (name, number) VALUES {rows}
    ON CONFLICT (name) DO UPDATE SET number = fact.number + 1"""
NEWEST: Final = """SELECT version, sha256, file FROM artifact WHERE kind = ? AND name = ?
    ORDER BY version DESC LIMIT 1"""
OFFERS: Final = "SELECT name, max(version) FROM artifact WHERE kind = 'edition' GROUP BY name ORDER BY name"
SEGMENT: Final = "SELECT file FROM artifact WHERE sha256 = ? LIMIT 1"
PIECES: Final = "SELECT piece FROM part WHERE sha256 = ? AND place BETWEEN ? AND ? ORDER BY place"
ADD_PIECE: Final = "INSERT INTO part (sha256, place, piece) VALUES {rows}"
ADD_ARTIFACT: Final = "INSERT INTO artifact (kind, name, version, sha256, published_ms, file) VALUES {rows}"

# persons: claims, leases, debts
ADD_CLAIMS: Final = """INSERT INTO claim (terminal_id, epoch, seq, counter, bucket, subject, business_day, edition,
    claim) VALUES {rows} ON CONFLICT DO NOTHING"""
CLAIMS_OF_DAY: Final = """SELECT c.claim, c.edition, o.kind, r.earned FROM claim AS c
    JOIN entry AS o ON o.terminal_id = c.terminal_id AND o.epoch = c.epoch AND o.seq = c.seq
    LEFT JOIN entry AS r ON r.terminal_id = c.terminal_id AND r.epoch = c.epoch AND r.ref_seq = c.seq
    AND r.kind IN (2, 3, 5) WHERE c.bucket IN (SELECT bucket FROM claim WHERE business_day = ?)
    AND NOT EXISTS (SELECT 1 FROM entry AS v
    WHERE v.terminal_id = c.terminal_id AND v.epoch = c.epoch AND v.ref_seq = c.seq AND v.kind = 13)"""
CLAIMS_ON: Final = """SELECT c.terminal_id, o.kind, r.earned FROM claim AS c
    JOIN entry AS o ON o.terminal_id = c.terminal_id AND o.epoch = c.epoch AND o.seq = c.seq
    LEFT JOIN entry AS r ON r.terminal_id = c.terminal_id AND r.epoch = c.epoch AND r.ref_seq = c.seq
    AND r.kind IN (2, 3, 5) WHERE c.bucket = ? AND c.counter = ? AND c.subject = ?
    AND NOT EXISTS (SELECT 1 FROM entry AS v
    WHERE v.terminal_id = c.terminal_id AND v.epoch = c.epoch AND v.ref_seq = c.seq AND v.kind = 13)"""
GRANTED_TO: Final = """SELECT DISTINCT o.terminal_id, o.epoch, o.seq, o.raw FROM claim AS c
    JOIN entry AS o ON o.terminal_id = c.terminal_id AND o.epoch = c.epoch AND o.seq = c.seq
    WHERE c.subject = ? AND NOT EXISTS (SELECT 1 FROM entry AS v
    WHERE v.terminal_id = c.terminal_id AND v.epoch = c.epoch AND v.ref_seq = c.seq AND v.kind = 13)
    ORDER BY o.terminal_id, o.epoch, o.seq"""
TARIFFS: Final = "SELECT file FROM artifact WHERE kind = 'tariff' ORDER BY version DESC"
LAST_SEEN: Final = "SELECT max(last_seen_ms) FROM terminal"
EDITION_TIMES: Final = "SELECT version, published_ms FROM artifact WHERE kind = 'edition' ORDER BY version"
ADD_LEASES: Final = """INSERT INTO lease (terminal_id, holder, counter, bucket, serial_no, until_ms, given_ms)
    VALUES {rows} ON CONFLICT DO NOTHING"""
NEWEST_LEASE: Final = """SELECT serial_no, terminal_id, until_ms, given_ms FROM lease
    WHERE holder = ? AND counter = ? AND bucket = ? ORDER BY serial_no DESC LIMIT 1"""
LEASES_UNTIL: Final = """SELECT holder, counter, bucket, max(serial_no) FROM lease WHERE until_ms >= ?
    GROUP BY holder, counter, bucket ORDER BY holder, counter, bucket"""
ADD_RETURNS: Final = """INSERT INTO lease_return (terminal_id, epoch, seq, holder, counter, bucket, serial_no)
    VALUES {rows} ON CONFLICT DO NOTHING"""
RETURNS: Final = """SELECT max(serial_no) FROM lease_return WHERE terminal_id = ? AND holder = ? AND counter = ?
    AND bucket = ?"""
NEWEST_STREAM: Final = """SELECT epoch, issued_ms, spare FROM stream WHERE terminal_id = ? AND seen = 1
    ORDER BY epoch DESC LIMIT 1"""
LAST_ENTRIES: Final = """SELECT raw FROM entry WHERE terminal_id = ? AND epoch = ? ORDER BY seq DESC LIMIT 50"""
EARNED_ENTRY: Final = """SELECT token, payer_fen, raw FROM entry WHERE terminal_id = ? AND epoch = ? AND seq = ?
    AND earned = 1"""
ADD_DEBT_LINES: Final = """INSERT INTO debt_line (terminal_id, epoch, seq, line, token, fen, reference, time_ms)
    VALUES {rows} ON CONFLICT DO NOTHING"""
DEBT_LINES: Final = """SELECT token, fen, reference, time_ms FROM debt_line WHERE token IN
    (SELECT token FROM debt_line GROUP BY token HAVING sum(fen) <> 0) ORDER BY token, time_ms, reference"""

# the books
BY_MEDIUM: Final = """SELECT family, token, count(*), sum(payer_fen), sum(total_fen) FROM entry WHERE earned = 1
    GROUP BY family, token ORDER BY family, token"""
BY_ACCOUNT: Final = "SELECT account, sum(fen) FROM posting GROUP BY account ORDER BY account"
UNBALANCED: Final = """SELECT terminal_id, epoch, seq, sum(fen) FROM posting GROUP BY terminal_id, epoch, seq
    HAVING sum(fen) <> 0"""
BY_STREAM: Final = """SELECT s.terminal_id, s.epoch, s.acked_seq, count(e.seq), coalesce(max(e.seq), 0) FROM stream AS s
    LEFT JOIN (SELECT terminal_id, epoch, seq FROM entry UNION ALL SELECT terminal_id, epoch, seq FROM quarantine) AS e
    ON e.terminal_id = s.terminal_id AND e.epoch = s.epoch WHERE s.seen = 1 OR EXISTS (SELECT 1 FROM conflict_entry AS c
    WHERE c.terminal_id = s.terminal_id AND c.epoch = s.epoch)
    GROUP BY s.terminal_id, s.epoch, s.acked_seq ORDER BY s.terminal_id, s.epoch"""
EARNED: Final = "SELECT coalesce(sum(payer_fen), 0), coalesce(sum(total_fen), 0), count(*) FROM entry WHERE earned = 1"
PAID_ON: Final = """SELECT raw FROM entry WHERE business_day = ? AND kind = 7 AND earned = 1
    ORDER BY terminal_id, epoch, seq"""
BACK_OF: Final = """SELECT r.raw FROM entry AS o JOIN entry AS r ON r.terminal_id = o.terminal_id
    AND r.epoch = o.epoch AND r.ref_seq = o.seq AND r.kind = 13 WHERE o.business_day = ? AND o.kind = 7"""
REVERSED: Final = """SELECT coalesce(sum(payer_fen), 0), coalesce(sum(total_fen), 0),
    coalesce(sum(total_fen - payer_fen), 0) FROM entry WHERE kind = 13"""
CONFLICTS: Final = "SELECT terminal_id, epoch, count(*) FROM conflict_entry GROUP BY terminal_id, epoch"
CLAIMS: Final = "SELECT terminal_id, epoch, suspense_fen, raw FROM conflict_entry WHERE suspense_fen <> 0"
QUARANTINED: Final = """SELECT q.terminal_id, q.epoch, q.code, count(*) FROM quarantine AS q WHERE NOT EXISTS (SELECT 1
    FROM quarantine_end AS e WHERE e.terminal_id = q.terminal_id AND e.epoch = q.epoch AND e.seq = q.seq)
    GROUP BY q.terminal_id, q.epoch, q.code ORDER BY q.terminal_id, q.epoch, q.code"""
OPEN_GAPS: Final = """SELECT g.terminal_id, g.epoch, g.expected_seq, g.first_seq, g.raised_ms FROM gap AS g
    JOIN stream AS s ON s.terminal_id = g.terminal_id AND s.epoch = g.epoch AND s.acked_seq + 1 = g.expected_seq
    ORDER BY g.terminal_id, g.epoch"""
ALARMS: Final = "SELECT terminal_id, epoch, kind, raised_ms FROM alarm ORDER BY terminal_id, epoch, kind"
PULSE: Final = "SELECT 1"
