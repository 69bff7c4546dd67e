"""Growing the write-ahead log before the first tap: no later commit then has to extend a file."""

from __future__ import annotations

import sqlite3


def grow_log(connection: sqlite3.Connection, wal_bytes: int) -> None:
    """Write a filler larger than the log should be and drop it again; its pages are reused by entries."""
    try:
        connection.execute("DROP TABLE IF EXISTS filler")  # a cut may have left it
        connection.execute("CREATE TABLE filler (zeros BLOB)")
        connection.execute("INSERT INTO filler VALUES (zeroblob(?))", (wal_bytes,))
        connection.execute("DROP TABLE filler")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
            raise
