"""Statements about who gets what is published: groups of terminals, and versions that a group alone has.

Rows are only ever added: a terminal's newest row in a group holds, a staged version ends by a row beside it.
"""

from __future__ import annotations

from typing import Final

ROLLOUT: Final = (
    """CREATE TABLE fleet_group (terminal_id TEXT NOT NULL, move_no BIGINT NOT NULL, audience TEXT NOT NULL,
       moved_ms BIGINT NOT NULL, PRIMARY KEY (terminal_id, move_no))""",
    """CREATE TABLE staged (kind TEXT NOT NULL, name TEXT NOT NULL, version BIGINT NOT NULL, audience TEXT NOT NULL,
       staged_ms BIGINT NOT NULL, PRIMARY KEY (kind, name, version))""",
    """CREATE TABLE staged_end (kind TEXT NOT NULL, name TEXT NOT NULL, version BIGINT NOT NULL,
       released BIGINT NOT NULL, ended_ms BIGINT NOT NULL, PRIMARY KEY (kind, name, version))""",
    """CREATE TABLE edition_reach (number BIGINT NOT NULL PRIMARY KEY, audience TEXT NOT NULL)""",
)
"""Groups; versions staged to one, and how that ended; editions that are for one group."""

ADD_MOVE: Final = "INSERT INTO fleet_group (terminal_id, move_no, audience, moved_ms) VALUES {rows}"
GROUP_OF: Final = """SELECT move_no, audience FROM fleet_group WHERE terminal_id = ?
    ORDER BY move_no DESC LIMIT 1"""
GROUPS: Final = """SELECT terminal_id, audience, moved_ms FROM fleet_group AS g WHERE audience <> '' AND move_no =
    (SELECT max(move_no) FROM fleet_group AS h WHERE h.terminal_id = g.terminal_id) ORDER BY audience, terminal_id"""

ADD_STAGED: Final = "INSERT INTO staged (kind, name, version, audience, staged_ms) VALUES {rows}"
ADD_STAGED_END: Final = """INSERT INTO staged_end (kind, name, version, released, ended_ms) VALUES {rows}
    ON CONFLICT DO NOTHING"""
STAGED: Final = """SELECT s.audience, s.kind, s.name, s.version, a.sha256, s.staged_ms FROM staged AS s
    JOIN artifact AS a ON a.kind = s.kind AND a.name = s.name AND a.version = s.version
    WHERE NOT EXISTS (SELECT 1 FROM staged_end AS e WHERE e.kind = s.kind AND e.name = s.name
    AND e.version = s.version) ORDER BY s.audience, s.kind, s.name, s.version"""
PUBLISHED: Final = """SELECT a.kind, a.name, max(a.version), count(*), max(a.published_ms) FROM artifact AS a
    WHERE a.kind <> 'edition' AND NOT EXISTS (SELECT 1 FROM staged AS s WHERE s.kind = a.kind AND s.name = a.name
    AND s.version = a.version AND NOT EXISTS (SELECT 1 FROM staged_end AS e WHERE e.kind = s.kind AND e.name = s.name
    AND e.version = s.version AND e.released = 1)) GROUP BY a.kind, a.name ORDER BY a.kind, a.name"""
ADD_REACH: Final = "INSERT INTO edition_reach (number, audience) VALUES {rows}"
EDITION_FOR: Final = """SELECT a.version, a.sha256, a.file FROM artifact AS a WHERE a.kind = 'edition'
    AND a.name = 'edition' AND NOT EXISTS (SELECT 1 FROM edition_reach AS r WHERE r.number = a.version
    AND r.audience <> ?) ORDER BY a.version DESC LIMIT 1"""
RELEASED: Final = """SELECT a.version, a.sha256, a.file FROM artifact AS a WHERE a.kind = ? AND a.name = ?
    AND NOT EXISTS (SELECT 1 FROM staged AS s WHERE s.kind = a.kind AND s.name = a.name AND s.version = a.version
    AND NOT EXISTS (SELECT 1 FROM staged_end AS e WHERE e.kind = s.kind AND e.name = s.name
    AND e.version = s.version AND e.released = 1)) ORDER BY a.version DESC LIMIT 2"""
RELEASED_OF_ALL: Final = """SELECT kind, name, version, sha256 FROM artifact AS a WHERE kind <> 'edition'
    AND version = (SELECT max(b.version) FROM artifact AS b WHERE b.kind = a.kind AND b.name = a.name
    AND NOT EXISTS (SELECT 1 FROM staged AS s WHERE s.kind = b.kind AND s.name = b.name AND s.version = b.version
    AND NOT EXISTS (SELECT 1 FROM staged_end AS e WHERE e.kind = s.kind AND e.name = s.name
    AND e.version = s.version AND e.released = 1))) ORDER BY kind, name"""
