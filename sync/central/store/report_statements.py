"""Statements about what terminals tell of themselves.

One row a terminal, moved where it stands by whatever it tells next: nobody signs it, and no money hangs on it.
"""

from __future__ import annotations

from typing import Final

REPORTS: Final = (
    """CREATE TABLE device_report (terminal_id TEXT NOT NULL, told_ms BIGINT NOT NULL, carried BIGINT NOT NULL,
       offset_ms BIGINT NOT NULL, software TEXT NOT NULL, profile TEXT NOT NULL, stop TEXT NOT NULL,
       edition BIGINT NOT NULL, backlog BIGINT NOT NULL, oldest_ms BIGINT NOT NULL, lists BYTEA NOT NULL,
       faults BYTEA NOT NULL, PRIMARY KEY (terminal_id))""",
)

MOVE_REPORT: Final = """UPDATE device_report SET told_ms = ?, carried = ?, offset_ms = ?, software = ?, profile = ?,
    stop = ?, edition = ?, backlog = ?, oldest_ms = ?, lists = ?, faults = ? WHERE terminal_id = ? AND told_ms <= ?
    RETURNING told_ms"""
ADD_REPORT: Final = """INSERT INTO device_report (told_ms, carried, offset_ms, software, profile, stop, edition,
    backlog, oldest_ms, lists, faults, terminal_id) VALUES {rows} ON CONFLICT DO NOTHING"""
REPORTS_OF: Final = """SELECT terminal_id, told_ms, carried, offset_ms, software, profile, stop, edition, backlog,
    oldest_ms, lists, faults FROM device_report WHERE terminal_id IN ({items})"""
