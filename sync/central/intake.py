"""What the centre makes of a batch: a function of the batch and of what is stored about its terminal. No I/O.

The watermark and head of each (terminal, epoch) are the deduplication: numbers are gapless, so ``seq <= acked_seq``
means "seen", for ever. An overlap is compared, then trimmed; a gap is never stored; a fork is kept whole, aside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from edge.crypto.signing import verify
from edge.domain.entry import Entry
from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import HEAD_PURPOSE, RejectedEntry
from edge.domain.frozen import frozen
from sync.batch import Batch, chain_hashes, head_of
from sync.central.booking import Booked, Intents, book
from sync.wire import decode_entry, statement


@frozen
class Stream:
    """One epoch of one terminal: whose key signs it, where it begins, and how far it is held.

    ``head`` is the chain hash at ``acked_seq`` (at 0: the hash of the grant). ``seen``: a batch of it has arrived.
    """

    terminal: str
    epoch: int
    terminal_key: bytes
    spare: bool
    seen: bool
    acked_seq: int
    head: bytes


@frozen
class View:
    """What is stored: the terminal's streams, the overlapping entries, the intents that the batch names.

    ``tail``: the batch continues a tail that is kept aside, and these are its intents there (None: it does not).
    """

    streams: tuple[Stream, ...]
    stored: Mapping[int, bytes]
    intents: Intents
    tail: Intents | None = None

    def stream(self, epoch: int) -> Stream:
        """Return the stream of an epoch; raises ``TERMINAL_UNKNOWN`` where no grant gave it."""
        for stream in self.streams:
            if stream.epoch == epoch:
                return stream
        raise RemoteProtocolError("TERMINAL_UNKNOWN", f"no grant of epoch {epoch} was given to this terminal")

    def current_epoch(self) -> int:
        """Return the newest epoch that is in use or was given for use at once."""
        return max(stream.epoch for stream in self.streams if stream.seen or not stream.spare)


@frozen
class Accepted:
    """New entries to store, from ``first_seq`` on; some may be set aside, and count as acknowledged."""

    stream: Stream
    booked: tuple[Booked, ...]
    alarms: tuple[str, ...] = ()

    @property
    def rejected(self) -> tuple[RejectedEntry, ...]:
        """Return what was set aside, by number and code."""
        return tuple(RejectedEntry(item.seq, item.code) for item in self.booked if item.code)


@frozen
class Duplicate:
    """Everything in the batch is held already. Only what the batch itself proved is acknowledged again."""

    stream: Stream


@frozen
class Gap:
    """The batch begins beyond what is held: nothing is stored, the sender is told where to resume."""

    stream: Stream


@frozen
class Forked:
    """Other entries than the held ones stand under the same numbers, from ``tail[0]`` on: kept whole, in suspense.

    So are the batches that continue such a tail, one after the other.

    ``code`` is ``CHAIN_FORK`` in the newest epoch and ``EPOCH_FENCED`` in a lower one.
    """

    stream: Stream
    code: str
    tail: tuple[Booked, ...]
    tail_hashes: tuple[bytes, ...]

    @property
    def first_seq(self) -> int:
        """Return the number from which on the entries differ."""
        return self.tail[0].seq


@frozen
class Revoked:
    """The operator has shut the terminal out: its batch is kept whole, aside, and nothing of it counts."""

    stream: Stream
    first_seq: int
    code: str = "TERMINAL_REVOKED"


Verdict = Accepted | Duplicate | Gap | Forked | Revoked


@frozen
class Opened:
    """A batch whose chain was recomputed and whose entries were read once: an entry, or why it cannot be read."""

    batch: Batch
    hashes: Sequence[bytes]
    entries: tuple[Entry | str, ...]
    refs: frozenset[int] = field(default_factory=frozenset)


def open_entries(batch: Batch) -> Opened:
    """Recompute the chain and read every entry; raises ``CHAIN_BROKEN``. A bad entry becomes its error code."""
    hashes = chain_hashes(batch.span.previous_hash, batch.entries)
    if hashes[-1] != batch.span.head_hash:
        raise RemoteProtocolError("CHAIN_BROKEN", "the entries do not end in the stated head")
    entries = tuple(_read(raw, batch, batch.span.first_seq + index) for index, raw in enumerate(batch.entries))
    refs = frozenset(entry.ref_seq for entry in entries if isinstance(entry, Entry) and 0 < entry.ref_seq < entry.seq)
    return Opened(batch, hashes, entries, refs)


def _read(raw: bytes, batch: Batch, seq: int) -> Entry | str:
    try:
        entry = decode_entry(raw)
    except RemoteProtocolError as error:
        return error.code
    mine = (entry.terminal, entry.epoch, entry.seq) == (batch.span.terminal, batch.span.epoch, seq)
    return entry if mine else "ENTRY_INVALID"


def receive(opened: Opened, view: View) -> Verdict:
    """Judge one batch. Raises ``TERMINAL_UNKNOWN`` or ``SIGNATURE_WRONG``; everything else is a verdict."""
    span = opened.batch.span
    stream = view.stream(span.epoch)
    check_signature(opened.batch, view.streams)
    if view.tail is not None:
        return _forked(opened, view, stream, 0, {**view.intents, **view.tail})
    if span.first_seq > stream.acked_seq + 1:
        return Gap(stream)
    fork = _fork_index(opened, view, stream)
    if fork is not None:
        return _forked(opened, view, stream, fork, view.intents)
    if span.last_seq <= stream.acked_seq:
        return Duplicate(stream)
    skip = stream.acked_seq + 1 - span.first_seq
    booked = book(opened.batch.entries[skip:], opened.entries[skip:], stream.acked_seq + 1, view.intents)
    alarms = ("spare_used",) if stream.spare and not stream.seen else ()
    return Accepted(replace(stream, acked_seq=span.last_seq, head=span.head_hash, seen=True), booked, alarms)


def check_signature(batch: Batch, streams: Sequence[Stream]) -> None:
    """Check the head's signature by the key of its epoch or of a later one; raises ``SIGNATURE_WRONG``.

    A terminal that was enrolled anew has a new key, and drains its old journals under that.
    """
    keys = {stream.terminal_key for stream in streams if stream.epoch >= batch.span.epoch}
    message = statement(HEAD_PURPOSE, head_of(batch.span))
    for key in sorted(keys):
        try:
            verify(key, batch.signature, message)
        except RemoteProtocolError:
            continue
        return
    raise RemoteProtocolError("SIGNATURE_WRONG", "no key of this terminal signed the head of the batch")


def _forked(opened: Opened, view: View, stream: Stream, fork: int, intents: Intents) -> Forked:
    """Return the verdict on a batch whose entries from index ``fork`` on are not those of the stream."""
    span = opened.batch.span
    lower = span.epoch < view.current_epoch()
    tail = book(opened.batch.entries[fork:], opened.entries[fork:], span.first_seq + fork, intents)
    return Forked(stream, "EPOCH_FENCED" if lower else "CHAIN_FORK", tail, tuple(opened.hashes[fork:]))


def _fork_index(opened: Opened, view: View, stream: Stream) -> int | None:
    """Return the index of the first entry that differs from what is held, or None where the batch continues it."""
    span = opened.batch.span
    for index, raw in enumerate(opened.batch.entries):
        seq = span.first_seq + index
        if seq <= stream.acked_seq and view.stored.get(seq) != raw:
            return index
    if span.first_seq == stream.acked_seq + 1:
        return None if span.previous_hash == stream.head else 0
    if span.last_seq >= stream.acked_seq and opened.hashes[stream.acked_seq - span.first_seq] != stream.head:
        return 0
    return None
