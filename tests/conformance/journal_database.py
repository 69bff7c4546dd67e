"""What the store relies on of aiosqlite beyond its public face."""

from __future__ import annotations

import inspect
import sqlite3
import threading

import aiosqlite

PRIVATE_NAMES = ("_tx", "_thread", "_running", "_connection")
"""Attributes of a connection that ``edge.store.database`` uses."""


def check_private_names(connection: aiosqlite.Connection) -> None:
    """Assert that a connection, not yet started, has the parts the store uses, in the form it uses them."""
    for name in PRIVATE_NAMES:
        assert hasattr(connection, name), f"aiosqlite has no {name} any more"
    assert callable(connection._tx.put_nowait)  # noqa: SLF001 - the contract under test
    assert isinstance(connection._thread, threading.Thread)  # noqa: SLF001 - as above
    assert connection._running is True  # noqa: SLF001 - as above
    assert connection._connection is None  # noqa: SLF001 - as above
    assert isinstance(aiosqlite.Connection._conn, property)  # noqa: SLF001 - as above


def check_jobs_run_in_order(source: str) -> None:
    """Assert that a job is a pair of future and function, taken from a queue one by one; a cancelled one is run too."""
    assert "future, function = tx.get()" in source
    assert "cancelled" not in source
    assert "call_soon_threadsafe(set_result, future, result)" in source


def worker_source() -> str:
    """Return the source of aiosqlite's thread."""
    return inspect.getsource(aiosqlite.core._connection_worker_thread)  # noqa: SLF001 - the contract under test


def new_connection() -> aiosqlite.Connection:
    """Return a connection whose thread is not started."""
    return aiosqlite.Connection(lambda: sqlite3.connect(":memory:"), 64)
