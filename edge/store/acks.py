"""What an ack does to the rows. Its signature is the caller's check; that it fits our own rows is checked here."""

from __future__ import annotations

import sqlite3

from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import Ack, BatchSpan, fence_of
from edge.store.exposure import reclaimed, released
from edge.store.rows import hash_after, last_of
from edge.store.standing import JournalIdentity, Standing, read_standing, update_standing
from sync.batch import batch_hash


def apply(connection: sqlite3.Connection, identity: JournalIdentity, ack: Ack) -> Standing:
    """Move the watermark, note what was set aside, and return the new standing.

    The batch's hash is recomputed from our own rows, so an ack for other content than ours moves nothing. ``acked``
    only rises, and never past what the batch proves. ``send_from`` falls only where the centre's epoch rose: its
    backup was restored, and what it lost is sent again. An ack that fences the journal moves neither and is remembered
    for good; the batch that it names is held by the centre all the same, aside, until another backup may have lost it.
    Raises ``ACK_FOREIGN``.
    """
    standing = read_standing(connection)
    _check_batch(connection, identity, standing, ack)
    if ack.centre_epoch > standing.centre_epoch and standing.aside_through:
        update_standing(connection, aside_through=0, **reclaimed(connection, standing))
        standing = read_standing(connection)
    if fence := fence_of(ack):
        aside = _aside_through(standing, ack)
        sums = released(connection, standing, aside)
        update_standing(connection, fence=fence, centre_epoch=ack.centre_epoch, aside_through=aside, **sums)
        return read_standing(connection)
    _check_places(connection, standing, ack)
    acked = max(standing.acked, min(ack.acked_seq, ack.last_seq))
    for rejected in ack.rejected:
        connection.execute("INSERT OR REPLACE INTO rejected (seq, code) VALUES (?, ?)", (rejected.seq, rejected.code))
    update_standing(
        connection,
        acked=acked,
        send_from=_send_from(standing, ack),
        centre_epoch=ack.centre_epoch,
        **released(connection, standing, acked),
    )
    return read_standing(connection)


def _aside_through(standing: Standing, ack: Ack) -> int:
    """Return up to where the centre keeps a journal that it refuses: only what follows without a gap is counted.

    The batches of a refused journal are shown one after the other, and each answer follows the commit that keeps it.
    """
    follows = ack.first_seq <= standing.held_through + 1
    return max(standing.aside_through, ack.last_seq) if follows else standing.aside_through


def _send_from(standing: Standing, ack: Ack) -> int:
    if ack.centre_epoch > standing.centre_epoch and ack.expected_seq <= standing.acked:
        return max(ack.expected_seq, standing.pruned_through + 1)
    return max(standing.send_from, min(ack.expected_seq, ack.last_seq + 1))


def _check_batch(connection: sqlite3.Connection, identity: JournalIdentity, standing: Standing, ack: Ack) -> None:
    last_seq, _ = last_of(connection, standing)
    if (ack.terminal, ack.epoch) != (identity.terminal, identity.epoch):
        raise RemoteProtocolError("ACK_FOREIGN", f"for {ack.terminal} in epoch {ack.epoch}")
    if ack.centre_epoch < standing.centre_epoch:
        heard = standing.centre_epoch
        cure = f"run `onecard central restored --after {heard}` there"
        raise RemoteProtocolError("ACK_FOREIGN", f"from centre epoch {ack.centre_epoch}, after {heard}: {cure}")
    if not 1 <= ack.first_seq <= ack.last_seq <= last_seq:
        raise RemoteProtocolError("ACK_FOREIGN", f"for entries {ack.first_seq} to {ack.last_seq} of {last_seq}")
    if any(not ack.first_seq <= rejected.seq <= ack.last_seq for rejected in ack.rejected):
        raise RemoteProtocolError("ACK_FOREIGN", "sets aside entries that the batch does not hold")
    if _own_hash(connection, identity, standing, ack) != ack.batch_hash:
        raise RemoteProtocolError("ACK_FOREIGN", f"entries {ack.first_seq} to {ack.last_seq} here are others")


def _check_places(connection: sqlite3.Connection, standing: Standing, ack: Ack) -> None:
    last_seq, _ = last_of(connection, standing)
    if not 0 <= ack.acked_seq <= last_seq or not 1 <= ack.expected_seq <= last_seq + 1:
        raise RemoteProtocolError("ACK_FOREIGN", f"acknowledges {ack.acked_seq} of {last_seq} entries")


def _own_hash(connection: sqlite3.Connection, identity: JournalIdentity, standing: Standing, ack: Ack) -> bytes | None:
    """Return the hash of the batch as our rows make it, None where some of them are pruned away."""
    previous = hash_after(connection, standing, ack.first_seq - 1)
    head = hash_after(connection, standing, ack.last_seq)
    if previous is None or head is None:
        return None
    span = BatchSpan(identity.terminal, identity.epoch, ack.first_seq, ack.last_seq, previous, head)
    return batch_hash(span)
