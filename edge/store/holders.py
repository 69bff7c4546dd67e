"""What is remembered of a medium at this terminal, and the state that a decision reads."""

from __future__ import annotations

import sqlite3
from typing import Final

from edge.domain.debit import TornReason
from edge.domain.entry import Intent, PaidTap
from edge.domain.exposure import Horizon
from edge.domain.state import LastTap, State
from edge.ports import HolderRow
from edge.store.exposure import NO_TAP_YET, exposure_of
from edge.store.persons import open_grants
from edge.store.rows import intent_at
from edge.store.standing import read_standing
from edge.store.tallies import chain_from_bytes, chain_to_bytes, counters_of
from edge.store.waiting import waiting_debits

KEPT_PAST_EXPIRY_MS: Final = 86_400_000
"""A clock that is set back by less than this accepts no code twice."""
FORGOTTEN_AT_ONCE: Final = 500
NEVER: Final = LastTap(0, 0, 0)
"""The last tap of a medium that has none left."""
KNOWN: Final = "SELECT time_ms, payer_fen, counter, below_normal, chain, past, recovered FROM holder WHERE token = ?"
UNKNOWN: Final = (0, 0, NO_TAP_YET, 0, b"", None, "")
"""The row of a medium that was never accepted here."""


def remember(connection: sqlite3.Connection, holder: HolderRow) -> None:
    """Keep the last accepted tap of a medium."""
    connection.execute(
        """INSERT INTO holder (token, time_ms, payer_fen, counter, below_normal, chain)
           VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (token) DO UPDATE SET time_ms = excluded.time_ms,
           payer_fen = excluded.payer_fen, counter = excluded.counter, below_normal = excluded.below_normal,
           chain = excluded.chain""",
        (
            holder.token,
            holder.time_ms,
            holder.payer_fen,
            holder.counter,
            holder.below_normal,
            chain_to_bytes(holder.chain),
        ),
    )


def forget_ride(connection: sqlite3.Connection, time_ms: int, charged: Intent | PaidTap) -> None:
    """Remember of a medium what was known before a ride that was taken back; its card's counter has moved for good."""
    last, chain = charged.state.last or NEVER, chain_to_bytes(charged.state.chain)
    connection.execute(
        "UPDATE holder SET time_ms = ?, payer_fen = ?, below_normal = ?, chain = ? WHERE token = ? AND time_ms = ?",
        (last.time_ms, last.payer_fen, last.below_normal, chain, charged.token, time_ms),
    )


def remember_code(connection: sqlite3.Connection, code: bytes, until_ms: int) -> None:
    """Keep a code that has paid until it would be refused for its age anyway."""
    connection.execute("INSERT OR REPLACE INTO code_used (code, until_ms) VALUES (?, ?)", (code, until_ms))


def forget_expired_codes(connection: sqlite3.Connection, now_ms: int) -> int:
    """Forget a few of the codes that are surely expired, and return how many. ``now_ms`` is trusted time, 0: none."""
    past = (now_ms - KEPT_PAST_EXPIRY_MS, FORGOTTEN_AT_ONCE)
    chosen = "SELECT code FROM code_used WHERE until_ms < ? LIMIT ?"
    return connection.execute(f"DELETE FROM code_used WHERE code IN ({chosen})", past).rowcount  # noqa: S608 - fixed text


def state_for(
    connection: sqlite3.Connection, token: bytes, code: bytes, horizon: Horizon, person: bytes = b""
) -> State:
    """Return the last accepted tap of a token, the exposure, and whether the PSAM once refused its MAC2.

    ``code`` is the id of the code that was scanned, empty for a card; days and windows are those of ``horizon``;
    ``person`` is the token of the holder, empty where no list knows one.
    """
    standing, waiting = read_standing(connection), waiting_debits(connection)
    row = connection.execute(KNOWN, (token,)).fetchone()
    time_ms, payer_fen, counter, below_normal, chain, past, recovered = row or UNKNOWN
    own = [intent_at(connection, debit.seq) for debit in waiting if debit.token == token]
    may_have_paid = [intent.pricing.debt for _, intent in own]
    return State(
        last=None if counter == NO_TAP_YET else LastTap(time_ms, payer_fen, counter, bool(below_normal)),
        unsent_fen=standing.unsent_fen,
        unsent_count=standing.unsent_count,
        suspect=any(debit.token == token and debit.reason == TornReason.MAC2_REFUSED for debit in waiting),
        counters=counters_of(connection, token, person, waiting),
        chain=chain_from_bytes(chain),
        code_used=bool(code) and _is_used(connection, code),
        exposure=exposure_of(standing, past, [ordered for ordered, _ in own], waiting, horizon),
        paid_back=tuple(sorted({recovered, *may_have_paid} - {""})),
        open_grants=open_grants(connection, person, horizon.day_from_ms, standing.acked),
    )


def _is_used(connection: sqlite3.Connection, code: bytes) -> bool:
    return connection.execute("SELECT 1 FROM code_used WHERE code = ?", (code,)).fetchone() is not None
