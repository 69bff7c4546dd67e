"""The journal's one row of standing, and its identity."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import fields
from typing import Final

from edge.domain.errors import StoreError
from edge.domain.frozen import frozen


@frozen
class JournalIdentity:
    """Whose journal a file is: terminal, epoch, and the hash of the grant from which its chain starts."""

    terminal: str
    epoch: int
    grant_hash: bytes


@frozen
class Standing:
    """How far everything has come. Field names are the columns of the table ``standing``.

    ``acked`` permits pruning and never falls; ``send_from`` is the next entry to send and may fall. Everything up to
    ``pruned_through`` is gone, and ``pruned_hash`` is the chain hash there. ``fence`` is the code by
    which the centre refused this journal for good, empty where it did not; up to ``aside_through`` it holds it all the
    same, aside, with its money in suspense. ``unsent_by_family`` is a JSON object of
    ``[fen, count]``, ``unsent_first`` counts the unsent taps of media at their first use. ``high_water_ms`` has surely
    passed, ``signed_ms`` is the last signed server time, and at ``confirmed_ms`` the edition in force was known to be
    the newest (ms UTC, 0: never).
    """

    acked: int
    send_from: int
    centre_epoch: int
    pruned_through: int
    pruned_hash: bytes
    unsent_fen: int
    unsent_count: int
    psam_number: bytes
    psam_sequence: int
    abandoned: int
    fence: str
    unsent_by_family: str
    unsent_first: int
    high_water_ms: int
    signed_ms: int
    confirmed_ms: int
    aside_through: int

    @property
    def held_through(self) -> int:
        """Return up to where the centre holds the entries, acked or aside: they are no risk it does not know of."""
        return max(self.acked, self.aside_through)


COLUMNS: Final = tuple(field.name for field in fields(Standing))
SELECT: Final = f"SELECT {', '.join(COLUMNS)} FROM standing"  # noqa: S608 - our own column names


def read_standing(connection: sqlite3.Connection) -> Standing:
    """Return the row."""
    return Standing(*connection.execute(SELECT).fetchone())


def update_standing(connection: sqlite3.Connection, **changes: int | bytes | str) -> None:
    """Change some columns of the row."""
    assigned = ", ".join(f"{name} = ?" for name in changes)
    connection.execute(f"UPDATE standing SET {assigned}", tuple(changes.values()))  # noqa: S608 - our own column names


def count_abandoned(connection: sqlite3.Connection) -> None:
    """Count one more MAC1 that led to no intent."""
    update_standing(connection, abandoned=read_standing(connection).abandoned + 1)


def unsent_by_family(standing: Standing) -> dict[str, tuple[int, int]]:
    """Return fen and count of what is unsent, by family of media."""
    return {family: (fen, count) for family, (fen, count) in json.loads(standing.unsent_by_family).items()}


def is_unclaimed(connection: sqlite3.Connection) -> bool:
    """Say whether the file is new: no journal has written its identity into it."""
    return connection.execute("SELECT 1 FROM standing").fetchone() is None


def claim(connection: sqlite3.Connection, identity: JournalIdentity) -> None:
    """Write the identity into a new file; raises ``STORE_FOREIGN`` where the file is another journal's."""
    row = connection.execute("SELECT terminal, epoch, grant_hash FROM standing").fetchone()
    if row is None:
        connection.execute(
            "INSERT INTO standing (only, terminal, epoch, grant_hash, pruned_hash) VALUES (1, ?, ?, ?, ?)",
            (identity.terminal, identity.epoch, identity.grant_hash, identity.grant_hash),
        )
    elif JournalIdentity(*row) != identity:
        raise StoreError(
            "STORE_FOREIGN", f"the journal is that of {row[0]} in epoch {row[1]}, by another grant perhaps"
        )
