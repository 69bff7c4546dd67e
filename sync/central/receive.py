"""The transaction that receives a batch: read the view, judge it, write the verdict. An ack follows the commit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from edge.domain.authorize import civil_date
from edge.domain.entry import CLOSING, Entry, Intent, Kind, PaidTap
from edge.domain.errors import RemoteProtocolError
from edge.domain.exchange import BatchSpan, RejectedEntry
from sync.batch import batch_hash
from sync.central.booking import Booked, HeldIntent, remember_refused
from sync.central.guards import store_flags
from sync.central.intake import (
    Accepted,
    Duplicate,
    Forked,
    Gap,
    Opened,
    Revoked,
    Stream,
    Verdict,
    View,
    check_signature,
    receive,
)
from sync.central.persons import store_persons
from sync.central.rulings import is_revoked_work, keep_work
from sync.central.store import statements as sql
from sync.central.store.port import Cell, OutrunError, Query, Row, Work, insert_all, insert_rows, listed
from sync.wire import decode_entry

GAP_PATIENCE_MS = 3_600_000
"""How long a gap may stand open before it is an alarm: a terminal that is told of one resends at once."""
UTC_OFFSET_MIN = 480
"""Business days are counted in Chinese civil time (no summer time)."""


def receive_work(opened: Opened, envelope: bytes, now_ms: int) -> Work[Verdict]:
    """Receive one batch; ``envelope`` is what came over the wire and is kept as evidence.

    Raises ``TERMINAL_UNKNOWN`` or ``SIGNATURE_WRONG``.
    """
    if (yield from is_revoked_work(opened.batch.span.terminal)):
        return (yield from _keep_aside(opened, envelope, now_ms))
    view = yield from _view(opened)
    verdict = receive(opened, view)
    if isinstance(verdict, Accepted):
        yield from _store(verdict, opened, envelope, now_ms)
    elif isinstance(verdict, Forked):
        yield from _store_fork(verdict, opened, envelope, now_ms)
    elif isinstance(verdict, Gap):
        yield from _note_gap(verdict.stream, opened.batch.span, now_ms)
    return verdict


def _keep_aside(opened: Opened, envelope: bytes, now_ms: int) -> Work[Verdict]:
    """Keep the batch of a terminal that is shut out, once it is known to be that terminal's."""
    streams = yield from streams_of(opened.batch.span.terminal)
    stream = View(streams, {}, {}).stream(opened.batch.span.epoch)
    check_signature(opened.batch, streams)
    yield from keep_work(opened.batch, envelope, now_ms)
    return Revoked(stream, opened.batch.span.first_seq)


def take_terminal(terminal: str, seen_ms: int) -> Work[None]:
    """Take a terminal for the rest of the transaction, and note when it was heard of; 0: nothing is known of that."""
    yield Query(sql.TAKE_TERMINAL, (seen_ms, seen_ms, terminal))


def rejected_work(span: BatchSpan) -> Work[tuple[RejectedEntry, ...]]:
    """Return what of a span is set aside: also told again when a batch comes a second time."""
    rows = yield Query(sql.ASIDE, (span.terminal, span.epoch, span.first_seq, span.last_seq))
    return tuple(RejectedEntry(cast("int", seq), cast("str", code)) for seq, code in rows)


def streams_of(terminal: str) -> Work[tuple[Stream, ...]]:
    """Return every stream of a terminal, oldest epoch first; raises ``TERMINAL_UNKNOWN``."""
    rows = yield Query(sql.STREAMS, (terminal,))
    if not rows:
        raise RemoteProtocolError("TERMINAL_UNKNOWN", "no terminal of this name is enrolled")
    return tuple(_stream(terminal, row) for row in rows)


def _stream(terminal: str, row: Row) -> Stream:
    epoch, key, spare, seen, acked_seq, head = row
    return Stream(
        terminal,
        cast("int", epoch),
        cast("bytes", key),
        bool(spare),
        bool(seen),
        cast("int", acked_seq),
        cast("bytes", head),
    )


def _view(opened: Opened) -> Work[View]:
    span = opened.batch.span
    streams = yield from streams_of(span.terminal)
    reach = (span.terminal, span.epoch, span.first_seq, span.last_seq)
    held = yield Query(sql.HELD_BYTES, reach + reach)
    stored = {cast("int", seq): cast("bytes", raw) for seq, raw in held}
    intents = yield from held_intents(span.terminal, span.epoch, sorted(opened.refs))
    return View(streams, stored, intents, (yield from _tail(opened)))


def _tail(opened: Opened) -> Work[dict[int, HeldIntent] | None]:
    """Return the intents that the batch names in the tail it continues, kept aside; None where it continues none.

    Several copies of one disk leave several tails under the same numbers: a result finds its intent by the tap's id.
    """
    span = opened.batch.span
    identity = (span.terminal, span.epoch)
    if not (yield Query(sql.FORK_AT, (*identity, span.first_seq - 1, span.previous_hash))):
        return None
    taps = {(entry.ref_seq, entry.tap_id) for entry in opened.entries if isinstance(entry, Entry)}
    raws = (yield listed(sql.FORKED_BYTES, identity, sorted(opened.refs))) if opened.refs else ()
    named = (entry for (raw,) in raws if (entry := _readable(cast("bytes", raw))) and (entry.seq, entry.tap_id) in taps)
    return {entry.seq: HeldIntent(entry, entry.body) for entry in named if isinstance(entry.body, Intent)}


def _readable(raw: bytes) -> Entry | None:
    try:
        return decode_entry(raw)
    except RemoteProtocolError:
        return None  # kept aside as it came


def held_intents(terminal: str, epoch: int, refs: Sequence[int]) -> Work[dict[int, HeldIntent]]:
    """Return the intents of these numbers that are held, and what has closed each so far."""
    if not refs:
        return {}
    raws = yield listed(sql.HELD_INTENTS, (terminal, epoch), refs)
    results = yield listed(sql.HELD_RESULTS, (terminal, epoch), refs)
    closed = {cast("int", ref): Kind(kind) for ref, kind, _ in results if kind in CLOSING}
    settled, back = ({ref for ref, kind, _ in results if kind == wanted} for wanted in (Kind.SETTLED, Kind.REVERSED))
    earned = {ref for ref, _, earning in results if earning}
    intents: dict[int, HeldIntent] = {}
    for (raw,) in raws:
        entry = decode_entry(cast("bytes", raw))
        seq, body = entry.seq, entry.body
        if isinstance(body, Intent):
            intents[seq] = HeldIntent(entry, body, closed.get(seq), seq in settled, seq in earned, seq in back)
        elif isinstance(body, PaidTap):
            intents[seq] = HeldIntent(entry, body, Kind.TAP, earned=True, reversed=seq in back)
    return (yield from _refused(terminal, epoch, refs)) | intents


def _refused(terminal: str, epoch: int, refs: Sequence[int]) -> Work[dict[int, HeldIntent]]:
    """Return the named intents that were set aside; there are hardly ever any."""
    intents: dict[int, HeldIntent] = {}
    if (yield listed(sql.ASIDE_NAMED, (terminal, epoch), refs)):
        for (raw,) in (yield Query(sql.ASIDE_FROM, (terminal, epoch, refs[0]))):
            if (entry := _readable(cast("bytes", raw))) is not None:
                remember_refused(entry, intents)
    return intents


def _store(verdict: Accepted, opened: Opened, envelope: bytes, now_ms: int) -> Work[None]:
    span, stream = opened.batch.span, verdict.stream
    identity = (span.terminal, span.epoch)
    evidence = (*identity, batch_hash(span), span.first_seq, span.last_seq, now_ms, envelope)
    yield insert_rows(sql.ADD_BATCH, [evidence])
    entries = [_entry_row(item, item.entry) for item in verdict.booked if not item.code and item.entry is not None]
    yield from insert_all(sql.ADD_ENTRIES, entries)
    aside = [(*identity, item.seq, item.code, now_ms, item.raw) for item in verdict.booked if item.code]
    yield from insert_all(sql.ADD_QUARANTINE, aside)
    lines = [
        (*identity, item.seq, line, posting.account, posting.fen)
        for item in verdict.booked
        for line, posting in enumerate(item.postings)
    ]
    yield from insert_all(sql.ADD_POSTINGS, lines)
    yield from store_persons(verdict.booked)
    yield from store_flags(verdict.booked)
    alarms = [*verdict.alarms, *(["entries_quarantined"] if aside else [])]
    yield from insert_all(sql.ADD_ALARMS, [(*identity, kind, now_ms) for kind in alarms])
    before = stream.acked_seq - len(verdict.booked)
    if not (yield Query(sql.MOVE_WATERMARK, (stream.acked_seq, stream.head, *identity, before))):
        raise OutrunError(f"{span.terminal}: its watermark left {before} in the meantime")


def _entry_row(item: Booked, entry: Entry) -> tuple[Cell, ...]:
    charged = item.charged
    day = int(civil_date(entry.time_ms, UTC_OFFSET_MIN))
    return (
        entry.terminal,
        entry.epoch,
        entry.seq,
        day,
        entry.kind.value,
        entry.tap_id,
        entry.ref_seq,
        charged.family if charged else "",
        charged.token if charged else b"",
        int(item.earned),
        charged.charge.payer_fen if charged else 0,
        charged.charge.total_fen if charged else 0,
        item.raw,
    )


def _note_gap(stream: Stream, span: BatchSpan, now_ms: int) -> Work[None]:
    """Remember since when a journal stands where it does; one that cannot or will not resend raises an alarm."""
    place = (span.terminal, span.epoch, stream.acked_seq + 1)
    yield insert_rows(sql.ADD_GAPS, [(*place, span.first_seq, now_ms)])
    ((since_ms,),) = yield Query(sql.GAP_SINCE, place)
    if now_ms - cast("int", since_ms) >= GAP_PATIENCE_MS:
        yield insert_rows(sql.ADD_ALARMS, [(span.terminal, span.epoch, "sequence_gap", now_ms)])


def _store_fork(verdict: Forked, opened: Opened, envelope: bytes, now_ms: int) -> Work[None]:
    span = opened.batch.span
    identity = (span.terminal, span.epoch)
    first_seq = verdict.tail[0].seq
    evidence = (*identity, batch_hash(span), verdict.code, first_seq, now_ms, envelope)
    yield insert_rows(sql.ADD_CONFLICT, [evidence])
    tail = [
        (*identity, item.seq, chain_hash, item.suspense_fen, item.raw)
        for item, chain_hash in zip(verdict.tail, verdict.tail_hashes, strict=True)
    ]
    yield insert_rows(sql.ADD_CONFLICT_ENTRIES, tail)
    yield insert_rows(sql.ADD_ALARMS, [(*identity, verdict.code.lower(), now_ms)])


def answered(
    verdict: Verdict, last_seq: int, held: tuple[RejectedEntry, ...]
) -> tuple[int, int, tuple[RejectedEntry, ...]]:
    """Return acked seq, expected seq and rejected entries.

    A duplicate acknowledges only what it proved itself: a copied disk must not learn how far its twin has come, or it
    would prune entries that nobody else holds. A fork acknowledges nothing, nor does a terminal that is shut out.
    """
    if isinstance(verdict, Accepted | Duplicate):
        return last_seq, last_seq + 1, held
    if isinstance(verdict, Gap):
        return verdict.stream.acked_seq, verdict.stream.acked_seq + 1, ()
    return 0, 0, (RejectedEntry(verdict.first_seq, verdict.code),)
