"""Where the journal ends."""

from __future__ import annotations

import sqlite3
from typing import Final, NamedTuple

from edge.store.standing import COLUMNS, Standing

END: Final = f"""SELECT {", ".join(COLUMNS)}, (SELECT count(*) FROM unsettled), last.seq, last.hash FROM standing
    LEFT JOIN (SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1) AS last"""  # noqa: S608 - our own column names


class End(NamedTuple):
    """A journal's standing, its last number and the chain hash after it, and how many debits are open or torn."""

    standing: Standing
    last_seq: int
    last_hash: bytes
    waiting: int


def read_end(connection: sqlite3.Connection) -> End:
    """Read it by one statement: it is asked before and after each entry."""
    *cells, waiting, seq, chained = connection.execute(END).fetchone()
    standing = Standing(*cells)
    if seq is None or seq <= standing.pruned_through:
        return End(standing, standing.pruned_through, standing.pruned_hash, waiting)
    return End(standing, seq, bytes(chained), waiting)
