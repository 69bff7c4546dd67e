"""The debits that wait for a result, or are torn: few rows, which a decision reads once."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple


class WaitingDebit(NamedTuple):
    """One row of the table ``unsettled``: an intent of ``seq`` without its result (no ``reason``), or torn for one.

    ``subject`` is the token of the holder under which it counts, empty where it counts under its medium's alone.
    """

    seq: int
    token: bytes
    charge_fen: int
    reason: str
    family: str
    subject: bytes
    first_use: int


def waiting_debits(connection: sqlite3.Connection) -> list[WaitingDebit]:
    """Return all of them, oldest first."""
    rows = connection.execute(
        "SELECT seq, token, charge_fen, reason, family, subject, first_use FROM unsettled ORDER BY seq"
    )
    return [WaitingDebit(*row) for row in rows]
