"""What is remembered of a medium at this terminal, and the state that a decision reads."""

from __future__ import annotations

import sqlite3

from edge.domain.debit import TornReason
from edge.domain.policy import LastTap, State
from edge.ports import HolderRow
from edge.store.standing import read_standing
from edge.store.tallies import chain_from_bytes, chain_to_bytes, counters_of


def remember(connection: sqlite3.Connection, holder: HolderRow) -> None:
    """Keep the last accepted tap of a medium."""
    connection.execute(
        """INSERT OR REPLACE INTO holder (token, time_ms, payer_fen, counter, below_normal, chain)
           VALUES (?, ?, ?, ?, ?, ?)""",
        (
            holder.token,
            holder.time_ms,
            holder.payer_fen,
            holder.counter,
            holder.below_normal,
            chain_to_bytes(holder.chain),
        ),
    )


def state_for(connection: sqlite3.Connection, token: bytes) -> State:
    """Return the last accepted tap of a token, the exposure, and whether the PSAM once refused its MAC2."""
    standing = read_standing(connection)
    row = connection.execute(
        "SELECT time_ms, payer_fen, counter, below_normal, chain FROM holder WHERE token = ?", (token,)
    ).fetchone()
    refused = connection.execute(
        "SELECT count(*) FROM unsettled WHERE token = ? AND reason = ?", (token, TornReason.MAC2_REFUSED.value)
    ).fetchone()[0]
    return State(
        last=None if row is None else LastTap(row[0], row[1], row[2], bool(row[3])),
        unsent_fen=standing.unsent_fen,
        unsent_count=standing.unsent_count,
        suspect=bool(refused),
        counters=counters_of(connection, token),
        chain=None if row is None else chain_from_bytes(row[4]),
    )
