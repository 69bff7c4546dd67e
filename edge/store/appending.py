"""What one append does to the rows: a function of the open transaction, the identity and the draft."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from edge.domain.debit import TornReason, Verdict
from edge.domain.entry import (
    BODIES,
    CLOSING,
    DISPROVED,
    Draft,
    Entry,
    Intent,
    Kind,
    PaidTap,
    Remark,
    Settled,
    Torn,
    chain,
)
from edge.domain.errors import LocalProtocolError
from edge.domain.lease import RETURNED_SUBJECT
from edge.domain.reversal import Reversed
from edge.domain.risk import is_first_use
from edge.ports import HolderRow
from edge.store import exposure
from edge.store.ending import read_end
from edge.store.exposure import Accepted, accepted_in
from edge.store.holders import remember, remember_code
from edge.store.persons import drop_grants, give_back, note_grants, subject_of
from edge.store.reversals import take_back
from edge.store.rows import Row, add_row, intent_at
from edge.store.standing import JournalIdentity, update_standing
from edge.store.tallies import commit_effects
from sync.wire import encode_entry


def append_entry(
    connection: sqlite3.Connection,
    identity: JournalIdentity,
    draft: Draft,
    holder: HolderRow | None,
    before: Entry | None = None,
) -> Entry:
    """Add one entry, numbered, encoded once and chained, with its side rows, in the open transaction.

    ``before`` is the entry that was appended last, where that is known: its result need not read it back.
    Raises ``ENTRY_INVALID`` where the entry breaks the order of intents and results.
    """
    _check_shape(draft)
    standing, last_seq, last_hash, _ = read_end(connection)
    entry = draft.numbered(identity.terminal, identity.epoch, last_seq + 1)
    packed = encode_entry(entry)
    accepted = _book(connection, entry, before)
    row = Row(entry.seq, entry.kind.value, entry.ref_seq, entry.tap_id, None, chain(last_hash, packed), packed)
    if accepted is not None:
        row = replace(row, accepted_fen=accepted.fen, family=accepted.family, first_use=accepted.first_use)
        exposure.add(connection, standing, accepted, entry.seq)
    add_row(connection, row)
    if holder is not None:
        remember(connection, holder)
    return entry


def _check_shape(draft: Draft) -> None:
    if BODIES.get(draft.kind) is not type(draft.body):
        raise LocalProtocolError("ENTRY_INVALID", f"{draft.kind.name} with a body of {type(draft.body).__name__}")
    if isinstance(draft.body, Torn) and not draft.body.reason:
        raise LocalProtocolError("ENTRY_INVALID", "a torn entry names its reason")


def _book(connection: sqlite3.Connection, entry: Entry, before: Entry | None) -> Accepted | None:
    """Open, close, settle or disprove a debit, or pay. Returns what the entry accepts; None: nothing."""
    body = entry.body
    if isinstance(body, Intent):
        _open(connection, entry, body)
        return None
    if isinstance(body, PaidTap):
        return _pay(connection, entry, body)
    if isinstance(body, Reversed):
        take_back(connection, entry, body)
        return None
    if entry.kind in CLOSING:
        if isinstance(body, Torn):
            _check_waits(connection, entry.ref_seq, torn=False)
            connection.execute("UPDATE unsettled SET reason = ? WHERE seq = ?", (body.reason, entry.ref_seq))
            return None
        return _close(connection, entry, before, torn=False, proven=entry.kind is Kind.POSTED)
    if isinstance(body, Settled):
        if body.verdict is Verdict.UNDECIDED:
            raise LocalProtocolError("ENTRY_INVALID", "an undecided debit stays torn; nothing settles it")
        return _close(connection, entry, before, torn=True, proven=body.verdict is Verdict.POSTED)
    if isinstance(body, Remark) and body.subject == DISPROVED:
        _check_waits(connection, entry.ref_seq, torn=True)
        reason = TornReason.MAC2_REFUSED.value
        connection.execute("UPDATE unsettled SET reason = ? WHERE seq = ?", (reason, entry.ref_seq))
    if isinstance(body, Remark) and body.subject == RETURNED_SUBJECT:
        give_back(connection, entry, body)
    return None


def _close(
    connection: sqlite3.Connection, entry: Entry, before: Entry | None, *, torn: bool, proven: bool
) -> Accepted | None:
    """End a debit; a proven one commits what its intent reserved. Returns what was accepted."""
    ended = connection.execute(
        "DELETE FROM unsettled WHERE seq = ? AND (reason <> '') = ?", (entry.ref_seq, torn)
    ).rowcount
    if not ended:
        raise _has_result(entry.ref_seq, torn=torn)
    ordered, intent = _intent_of(connection, entry, before)
    if not proven:
        drop_grants(connection, intent.pricing, entry.ref_seq)
        return None
    commit_effects(connection, intent.token, ordered.time_ms, intent.pricing)
    return accepted_in(ordered, intent)


def _pay(connection: sqlite3.Connection, entry: Entry, body: PaidTap) -> Accepted:
    """Accept a tap that needs no write: commit what it counts, and never take its code again."""
    commit_effects(connection, body.token, entry.time_ms, body.pricing)
    note_grants(connection, entry, body.pricing)
    code = body.medium.code
    if code is not None and not code.reusable:
        remember_code(connection, code.code, code.valid_until_ms)
    return accepted_in(entry, body)


def _open(connection: sqlite3.Connection, entry: Entry, body: Intent) -> None:
    """Note a debit that waits for its result, and where the PSAM stands.

    An intent that was written in doubt of continuity does not move the PSAM's trail: the doubt outlives a restart.
    """
    connection.execute(
        """INSERT INTO unsettled (seq, token, charge_fen, reason, family, subject, first_use)
           VALUES (?, ?, ?, '', ?, ?, ?)""",
        (
            entry.seq,
            body.token,
            body.charge.total_fen,
            body.family,
            subject_of(body.pricing),
            is_first_use(body.state),
        ),
    )
    note_grants(connection, entry, body.pricing)
    if body.state.cautious:
        return
    terms = body.debit
    update_standing(connection, psam_number=terms.psam_number, psam_sequence=terms.psam_sequence, abandoned=0)


def _check_waits(connection: sqlite3.Connection, intent_seq: int, *, torn: bool) -> None:
    """Refuse a result for an intent that does not wait for one of this kind: one closes it, one settles it."""
    row = connection.execute("SELECT reason FROM unsettled WHERE seq = ?", (intent_seq,)).fetchone()
    if row is None or bool(row[0]) is not torn:
        raise _has_result(intent_seq, torn=torn)


def _has_result(intent_seq: int, *, torn: bool) -> LocalProtocolError:
    wanted = "a torn debit" if torn else "an open intent"
    return LocalProtocolError("ENTRY_INVALID", f"entry {intent_seq} is not {wanted}: it has its result already")


def _intent_of(connection: sqlite3.Connection, result: Entry, before: Entry | None) -> tuple[Entry, Intent]:
    """Return the intent that a result closes: mostly the entry before it."""
    if before is not None and before.seq == result.ref_seq and isinstance(before.body, Intent):
        return before, before.body
    return intent_at(connection, result.ref_seq)
