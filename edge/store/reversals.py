"""Taking an accepted sale back, in the transaction of its entry: the quota and the transfer chain return at once."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Final

from edge.domain.debit import Verdict
from edge.domain.entry import Entry, Intent, Kind, PaidTap, Settled
from edge.domain.errors import LocalProtocolError
from edge.domain.reversal import Reversed, Way
from edge.store.holders import forget_ride
from edge.store.persons import drop_grants
from edge.store.rows import bytes_at
from edge.store.tallies import commit_effects
from sync.wire import decode_entry

RESULTS: Final = "SELECT bytes FROM entry WHERE seq > ? AND ref_seq = ? AND kind IN (?, ?, ?)"


def take_back(connection: sqlite3.Connection, entry: Entry, body: Reversed) -> None:
    """Give back what a sale counted; raises ``ENTRY_INVALID`` where it cannot be taken back, or was before."""
    packed = bytes_at(connection, entry.ref_seq)
    charged = None if packed is None else decode_entry(packed)
    if charged is None or not isinstance(charged.body, Intent | PaidTap):
        raise _invalid(entry, "is no sale")
    same = (charged.tap_id, charged.body.token, charged.body.charge, charged.body.pricing)
    if same != (entry.tap_id, body.token, body.charge, body.pricing):
        raise _invalid(entry, "is another sale")
    if body.way == Way.WITHDRAWN and isinstance(charged.body, Intent):
        raise _invalid(entry, "has debited a purse: nothing can be withdrawn")
    _check_stands(connection, entry, charged.body)
    given = tuple(replace(effect, add=-effect.add) for effect in body.pricing.effects)
    commit_effects(connection, body.token, charged.time_ms, replace(body.pricing, effects=given))
    drop_grants(connection, body.pricing, entry.ref_seq)
    forget_ride(connection, charged.time_ms, charged.body)


def _check_stands(connection: sqlite3.Connection, entry: Entry, charged: Intent | PaidTap) -> None:
    """Refuse what was not accepted, or was taken back already."""
    kinds = (Kind.POSTED.value, Kind.SETTLED.value, Kind.REVERSED.value)
    rows = connection.execute(RESULTS, (entry.ref_seq, entry.ref_seq, *kinds)).fetchall()
    results = [decode_entry(packed).body for (packed,) in rows]
    if any(isinstance(body, Reversed) for body in results):
        raise _invalid(entry, "was taken back before")
    proven = [body for body in results if not isinstance(body, Settled) or body.verdict is Verdict.POSTED]
    if isinstance(charged, Intent) and not proven:
        raise _invalid(entry, "was never accepted")


def _invalid(entry: Entry, why: str) -> LocalProtocolError:
    return LocalProtocolError("ENTRY_INVALID", f"entry {entry.ref_seq} {why}")
