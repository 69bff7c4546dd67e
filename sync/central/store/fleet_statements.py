"""Statements about the people at the fleet pages: users, sessions, wrong passwords, and what was done there.

A user's newest row holds, one without a role is nobody's any more. Sessions and acts have one row each, which is closed
where it stands. Wrong passwords are counted in slots, of which there are only so many: strangers fill no table.
"""

from __future__ import annotations

from typing import Final

FLEET: Final = (
    """CREATE TABLE fleet_user (name TEXT NOT NULL, change_no BIGINT NOT NULL, role TEXT NOT NULL,
       password_hash TEXT NOT NULL, changed_ms BIGINT NOT NULL, changed_by TEXT NOT NULL,
       PRIMARY KEY (name, change_no))""",
    """CREATE TABLE fleet_session (token_hash BYTEA NOT NULL PRIMARY KEY, name TEXT NOT NULL, change_no BIGINT NOT NULL,
       begun_ms BIGINT NOT NULL, seen_ms BIGINT NOT NULL, ended_ms BIGINT NOT NULL)""",
    """CREATE TABLE fleet_try (slot TEXT NOT NULL PRIMARY KEY, tries BIGINT NOT NULL, last_ms BIGINT NOT NULL)""",
    """CREATE TABLE fleet_act (act_id BYTEA NOT NULL PRIMARY KEY, act_ms BIGINT NOT NULL, name TEXT NOT NULL,
       act TEXT NOT NULL, subject TEXT NOT NULL, outcome TEXT NOT NULL)""",
    """CREATE INDEX fleet_act_by_time ON fleet_act (act_ms, act_id)""",
)

ADD_USER: Final = """INSERT INTO fleet_user (name, change_no, role, password_hash, changed_ms, changed_by)
    VALUES {rows}"""
USER: Final = """SELECT change_no, role, password_hash FROM fleet_user WHERE name = ?
    ORDER BY change_no DESC LIMIT 1"""
USERS: Final = """SELECT u.name, u.role, u.changed_ms, u.changed_by, coalesce((SELECT max(s.begun_ms)
    FROM fleet_session AS s WHERE s.name = u.name), 0) FROM fleet_user AS u WHERE u.role <> '' AND u.change_no =
    (SELECT max(n.change_no) FROM fleet_user AS n WHERE n.name = u.name) ORDER BY u.name"""

ADD_SESSION: Final = """INSERT INTO fleet_session (token_hash, name, change_no, begun_ms, seen_ms, ended_ms)
    VALUES {rows} ON CONFLICT DO NOTHING"""
SESSION: Final = """SELECT s.name, u.role, s.begun_ms, s.seen_ms FROM fleet_session AS s
    JOIN fleet_user AS u ON u.name = s.name AND u.change_no = s.change_no
    WHERE s.token_hash = ? AND s.ended_ms = 0 AND u.role <> '' AND NOT EXISTS (SELECT 1 FROM fleet_user AS n
    WHERE n.name = u.name AND n.change_no > u.change_no)"""
SEE_SESSION: Final = "UPDATE fleet_session SET seen_ms = ? WHERE token_hash = ? AND seen_ms < ?"
END_SESSION: Final = "UPDATE fleet_session SET ended_ms = ? WHERE token_hash = ? AND ended_ms = 0"

ADD_TRY: Final = "INSERT INTO fleet_try (slot, tries, last_ms) VALUES {rows} ON CONFLICT DO NOTHING"
TAKE_TRY: Final = "UPDATE fleet_try SET tries = tries WHERE slot = ? RETURNING tries, last_ms"
SET_TRY: Final = "UPDATE fleet_try SET tries = ?, last_ms = ? WHERE slot = ?"

ADD_ACT: Final = """INSERT INTO fleet_act (act_id, act_ms, name, act, subject, outcome) VALUES {rows}
    ON CONFLICT DO NOTHING"""
END_ACT: Final = "UPDATE fleet_act SET outcome = ? WHERE act_id = ?"
ACTS: Final = """SELECT act_id, act_ms, name, act, subject, outcome FROM fleet_act WHERE (act_ms, act_id) < (?, ?)
    ORDER BY act_ms DESC, act_id DESC LIMIT ?"""
