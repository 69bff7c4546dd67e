"""Statements about whom the centre lets in: certificates, rulings on terminals, batches of revoked terminals.

Rows are only ever added: a revocation is a row beside its certificate, a ruling is followed by the next one.
"""

from __future__ import annotations

from typing import Final

TRUST: Final = (
    """CREATE TABLE certificate (terminal_id TEXT NOT NULL, number TEXT NOT NULL, key_sha256 BYTEA NOT NULL,
       issued_ms BIGINT NOT NULL, until_ms BIGINT NOT NULL, chain BYTEA NOT NULL, PRIMARY KEY (terminal_id, number))""",
    """CREATE TABLE certificate_end (terminal_id TEXT NOT NULL, number TEXT NOT NULL, revoked_ms BIGINT NOT NULL,
       PRIMARY KEY (terminal_id, number))""",
    """CREATE TABLE ruling (terminal_id TEXT NOT NULL, ruling_no BIGINT NOT NULL, revoked BIGINT NOT NULL,
       ruled_ms BIGINT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (terminal_id, ruling_no))""",
    """CREATE TABLE refused_batch (terminal_id TEXT NOT NULL, epoch BIGINT NOT NULL, batch_hash BYTEA NOT NULL,
       first_seq BIGINT NOT NULL, last_seq BIGINT NOT NULL, received_ms BIGINT NOT NULL, envelope BYTEA NOT NULL,
       PRIMARY KEY (terminal_id, epoch, batch_hash))""",
)
"""Certificates (a server stands under ``@`` and its name) and which are revoked; rulings, the newest holds; batches."""

ADD_CERTIFICATE: Final = """INSERT INTO certificate (terminal_id, number, key_sha256, issued_ms, until_ms, chain)
    VALUES {rows} ON CONFLICT DO NOTHING"""
ISSUED_FOR_KEY: Final = """SELECT c.number, c.issued_ms, c.until_ms, c.chain FROM certificate AS c
    WHERE c.terminal_id = ? AND c.key_sha256 = ? AND NOT EXISTS (SELECT 1 FROM certificate_end AS e
    WHERE e.terminal_id = c.terminal_id AND e.number = c.number) ORDER BY c.until_ms DESC LIMIT 1"""
CERTIFICATES: Final = """SELECT c.terminal_id, c.number, c.issued_ms, c.until_ms, coalesce(e.revoked_ms, 0)
    FROM certificate AS c LEFT JOIN certificate_end AS e ON e.terminal_id = c.terminal_id AND e.number = c.number
    ORDER BY c.terminal_id, c.issued_ms, c.number"""
CERTIFICATE_OF: Final = "SELECT terminal_id FROM certificate WHERE number = ?"
ADD_CERTIFICATE_END: Final = """INSERT INTO certificate_end (terminal_id, number, revoked_ms) VALUES {rows}
    ON CONFLICT DO NOTHING"""
CERTIFICATE_ENDS: Final = "SELECT number, revoked_ms FROM certificate_end ORDER BY number"

ADD_RULING: Final = """INSERT INTO ruling (terminal_id, ruling_no, revoked, ruled_ms, reason) VALUES {rows}
    ON CONFLICT DO NOTHING"""
RULING: Final = """SELECT ruling_no, revoked, ruled_ms, reason FROM ruling WHERE terminal_id = ?
    ORDER BY ruling_no DESC LIMIT 1"""
REVOKED: Final = """SELECT terminal_id FROM ruling AS r WHERE revoked = 1 AND ruling_no =
    (SELECT max(ruling_no) FROM ruling AS n WHERE n.terminal_id = r.terminal_id) ORDER BY terminal_id"""
TERMINALS: Final = """SELECT t.terminal_id, t.enrolled_ms, t.last_seen_ms, coalesce(r.revoked, 0),
    coalesce(r.ruled_ms, 0), coalesce(r.reason, ''), (SELECT count(*) FROM refused_batch AS b
    WHERE b.terminal_id = t.terminal_id) FROM terminal AS t LEFT JOIN ruling AS r ON r.terminal_id = t.terminal_id
    AND r.ruling_no = (SELECT max(ruling_no) FROM ruling AS n WHERE n.terminal_id = t.terminal_id)
    ORDER BY t.terminal_id"""
ENROLLED: Final = "SELECT terminal_id FROM terminal WHERE terminal_id IN ({items})"
ADD_REFUSED_BATCH: Final = """INSERT INTO refused_batch (terminal_id, epoch, batch_hash, first_seq, last_seq,
    received_ms, envelope) VALUES {rows} ON CONFLICT DO NOTHING"""
REFUSED_BATCHES: Final = """SELECT envelope FROM refused_batch WHERE terminal_id = ?
    ORDER BY epoch, first_seq, received_ms"""
